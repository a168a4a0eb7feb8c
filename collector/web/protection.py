"""Who may ask and how, as the web configuration file says at this moment.

Looked at again before each handshake and each request, so that new certificates and
passwords count at once. What is wrong with a new file is logged once and leaves the former
in use; so does one that protects less, since a file half written must not open a door.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from collector.clock import Clock, SystemClock
from collector.polling.threads import in_thread
from collector.settings.errors import ConfigErrors
from collector.web.config_file import WebConfig, read

log = logging.getLogger(__name__)

FRESH_SECONDS = 0.1
"""For so long a look at the files counts, however many ask."""

PATIENCE_SECONDS = 2.0
"""How long a look may hold a request up: the files may lie on a share that hangs."""


class Protection:
    """The web configuration in use."""

    def __init__(
        self, path: Path | None = None, *, fresh_seconds: float = FRESH_SECONDS, clock: Clock | None = None
    ) -> None:
        """Read the file; without a path nothing is protected.

        Raises:
            ConfigErrors: all that is wrong with it.
        """
        self.clock: Clock = clock or SystemClock()
        self._path = path
        self._fresh_seconds = fresh_seconds
        self.config = read(path) if path is not None else WebConfig()
        self.fault: str | None = None
        """Why what stands in the file is not in use; None when it is."""
        self.heard: Callable[[], None] = lambda: None
        """Called when the file was taken over or refused."""
        self._look: asyncio.Task[None] | None = None
        self._looked_at = self.clock.monotonic()

    @property
    def reads_a_file(self) -> bool:
        """Whether there is anything to look at."""
        return self._path is not None

    @property
    def scheme(self) -> str:
        """How addresses begin."""
        return "https" if self.config.context is not None else "http"

    @property
    def knows_who_asks(self) -> bool:
        """Whether strangers get no answer."""
        return bool(self.config.file.protections & {"basic auth", "client certificates"})

    async def now(self) -> WebConfig:
        """What counts now. Never raises, and never takes long."""
        if self._path is None:
            return self.config
        if self._look is None and self.clock.monotonic() - self._looked_at >= self._fresh_seconds:
            self._look = asyncio.create_task(self._look_again(self._path), name="web configuration")
        if self._look is not None:
            await asyncio.wait([self._look], timeout=PATIENCE_SECONDS)
        return self.config

    async def _look_again(self, path: Path) -> None:
        began = self.clock.monotonic()
        try:
            found = await in_thread(self._changed, path)
        except ConfigErrors as errors:
            self._refuse(str(errors))
        except Exception as error:  # noqa: BLE001 - whatever a file makes of OpenSSL, requests go on; it is logged
            self._refuse(f"{path} could not be read: {type(error).__name__}", bug=error)
        else:
            if found is not None:
                self._take_over(path, found)
        finally:
            self._look, self._looked_at = None, began

    def _changed(self, path: Path) -> WebConfig | None:
        """The new configuration; None where the one in use still stands in the files."""
        return None if self.fault is None and self.config.unchanged else read(path)

    def _take_over(self, path: Path, found: WebConfig) -> None:
        former, new = self.config.file.protections, found.file.protections
        if former - new:
            self._refuse(f"{path} switches off {' and '.join(sorted(former - new))}, which takes a restart")
        elif "TLS" in new - former:
            self._refuse(f"{path} switches on TLS, which takes a restart")
        else:
            self.config, self.fault = found, None
            log.info("the web configuration was read again")
            self.heard()

    def _refuse(self, fault: str, *, bug: Exception | None = None) -> None:
        if fault == self.fault:
            return
        self.fault = fault
        log.error("the web configuration is not taken over, the former stays in use: %s", fault, exc_info=bug)
        self.heard()
