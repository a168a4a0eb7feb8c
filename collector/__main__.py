"""`python -m collector`: the same as the command `kpi-collector`."""

from collector.cli import main

if __name__ == "__main__":  # a process that it starts reads this file too
    main()
