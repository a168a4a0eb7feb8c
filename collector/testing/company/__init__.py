"""The synthetic company, of which all simulators and files tell, and whose books say what is true.

How it lives, from the ground up: `calendar` and `dice`; the `terms` of its business, its `staff`,
`campaigns` and the `ways` by which people come; `demand` a day, what goes wrong (`incident`), the
`visits` and `ads` that it makes; lives (`story`: `asking`, `selling`) that the `crm` shows as
`entities` (`names` calls them); `posts` and their `audience`; `costs` and `rates`. `company` is the whole of it,
`files` writes it down for the csv connector, `books` tells what every KPI must come out as.
"""

from collector.testing.company.company import DEFAULT_DAYS, Company

__all__ = ["DEFAULT_DAYS", "Company"]
