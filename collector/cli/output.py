"""What every command has to do with its standard output."""

import os
import sys


def close_quietly() -> None:
    """Let nothing more be written: Python flushes at its end, and would complain of the broken pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
