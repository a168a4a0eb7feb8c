"""`python -m bench` runs all benches, `python -m bench scrape` those that are named.

A bench is a module here with a function `run` that yields tables; it is registered by its name in BENCHES.
"""

import sys
from importlib import import_module

BENCHES = (
    "scrape",
    "imports",
    "starts",
    "engine",
    "client",
    "records",
    "schedule",
    "bitrix24",
    "amocrm",
    "google_analytics",
    "social",
)


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"no bench {unknown[0]!r}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        for table in import_module(f"bench.{name}").run():
            print(f"{table}\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
