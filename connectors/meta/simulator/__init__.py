"""The Graph API on a socket: the company's Instagram account and its Facebook page.

`simulator` is what is asked; `figures` by day, `feed` of posts, `asked` (parameters),
`refusals` (Meta's words), `switches` (what can be otherwise).
"""

from connectors.meta.simulator.simulator import MetaSimulator
from connectors.meta.simulator.switches import Switches

__all__ = ["MetaSimulator", "Switches"]
