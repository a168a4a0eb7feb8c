"""The command line."""


def main() -> None:
    """Run `kpi-collector`."""
