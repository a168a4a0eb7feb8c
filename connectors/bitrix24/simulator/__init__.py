"""A Bitrix24 portal that holds the company's CRM.

From the ground up: `stages` and `rows` are what a portal holds, `telling` makes it of the company,
`columns` and `fields` show it, `tables` and `filters` find it. `listing` and `batch` answer,
`methods` knows all that can be asked, `simulator` who may ask and what goes wrong (`switches`).
"""

from connectors.bitrix24.simulator.simulator import Bitrix24Simulator

__all__ = ["Bitrix24Simulator"]
