"""A Bitrix24 portal that holds the company's CRM.

From the ground up: `stages` and `rows` are what a portal holds, `telling` (and `talks`) makes it
of the company, `columns` and `fields` show it, `tables` and `filters` find it, `portal` keeps it
for an instant. `listing` and `plain` answer one method, `methods` knows them all, `calls` and
`batch` bring several together, `simulator` knows who may ask (`oauth`) and what goes wrong
(`switches`, `refusals`).
"""

from connectors.bitrix24.simulator.simulator import Bitrix24Simulator

__all__ = ["Bitrix24Simulator"]
