"""`python -m collector`: the same as the command `kpi-collector`."""

from collector.cli import main

main()
