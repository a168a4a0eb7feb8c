"""It looks at a file when it is built."""

from pathlib import Path
from typing import Any

from tests.testing.acme.plugin import Acme


class Broken(Acme):
    """As Acme."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._hosts = Path("/etc/hosts").read_text(encoding="utf-8")
