"""A simulator of amoCRM: an account of the made-up company.

`view` says what the company is where request and deal are one card (`cards`); `cabinet` holds all
that the account has at an instant, on `shelf`s and in the log (`happened`); `asked`, `listing` and
`asking_events` read questions; `rows`, `dictionaries` and `answers` write what comes back;
`account` has the ids; `tokens` the door; `simulator` the server.
"""

from connectors.amocrm.simulator.simulator import AmocrmSimulator
from connectors.amocrm.simulator.view import AmocrmCompany

__all__ = ["AmocrmCompany", "AmocrmSimulator"]
