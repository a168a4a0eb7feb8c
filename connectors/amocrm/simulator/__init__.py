"""A simulator of amoCRM: an account of the made-up company.

`view` says what the company is where request and deal are one card (`cards`, which `making` makes
of lives); `cabinet` holds all that the account has at an instant, on `shelf`s and in the log
(`happened`); `account` has the ids. `asked`, `listing` and `asking_events` read questions;
`card_rows`, `other_rows`, `dictionaries` and `answers` write what comes back; `lists`, `reference`
and `sign_in` (with its `tokens`) are what can be asked; `simulator` is the server.
"""

from connectors.amocrm.simulator.simulator import AmocrmSimulator
from connectors.amocrm.simulator.view import AmocrmCompany

__all__ = ["AmocrmCompany", "AmocrmSimulator"]
