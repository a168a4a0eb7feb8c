"""Where the stages meet: polls fill the store, the store makes snapshots, snapshots are served.

One event loop. A finished poll, a reload or the clock asks for a new snapshot; it is made
in a thread and takes the old one's place by one assignment. SIGTERM and SIGINT end the
daemon within ten seconds, SIGHUP reloads; a bad configuration changes nothing but what is
told of it.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector import __version__
from collector.clock import Clock
from collector.kpi.catalogue import resolve_all
from collector.kpi.history import Point
from collector.plugin.discovery import Plugins
from collector.plugin.reports import PollReport
from collector.polling.connections import Connections, connect
from collector.polling.counters import Counters
from collector.polling.credentials import Vault
from collector.polling.job import Job, reading
from collector.polling.keeping import keep_access
from collector.polling.network import Network, open_network
from collector.polling.retaining import retain_daily
from collector.polling.runner import Poller
from collector.polling.schedule import Scheduler
from collector.polling.threads import in_thread
from collector.settings.errors import ConfigErrors
from collector.settings.model import Config
from collector.settings.retention import Limits
from collector.snapshot.build import build
from collector.snapshot.gather import Setup, connector_facts, gather, next_instant
from collector.snapshot.history import Asked, NoHistory, past
from collector.snapshot.inputs import DaemonFacts
from collector.snapshot.snapshot import Snapshot
from collector.store import configured, streams
from collector.store.care.task import Place
from collector.store.connect import Store
from collector.store.errors import StoreError
from collector.store.locks import PollLocks
from collector.systemd import Systemd
from collector.watchdog import Signs, watch
from collector.web.app import make_app
from collector.web.protection import Protection
from collector.web.server import Server
from collector.web.state import ReloadRefused

log = logging.getLogger(__name__)

HOOK_SECONDS = 10.0
"""How long `poll_finished` hooks may take."""

GRACE_SECONDS = 8.0
"""What a poll that is being cancelled has for its last commit; the exit comes within ten."""

HISTORY_SECONDS = 10.0
"""How long a request for past values may take, waiting for its turn included."""

MOST_HISTORIES = 2
"""Under way at once."""

_RETRY = timedelta(seconds=10)
"""After a snapshot that could not be made."""

_PAUSE = timedelta(seconds=0.2)
"""Between two snapshots, so that a burst of commits makes one."""


def set_up(config: Config, plugins: Plugins) -> Setup:
    """Resolve what the configuration says of KPIs.

    Raises:
        ConfigErrors: a KPI that cannot be.
    """
    return Setup(config, plugins, resolve_all(config, plugins.kpis))


def make_jobs(
    store: Store, config: Config, network: Network, vault: Vault, former: Connections | None = None
) -> tuple[list[Job], Connections]:
    """A job for each configured stream, and the sources' connections; those that did not change are kept."""
    numbers = configured.apply(store, config)
    connections = connect(config, former or {}, network, vault)
    kept = Limits.of(config.retention).facts
    jobs = [
        Job(
            project=config.projects[source.project],
            source=source,
            stream=stream,
            connector=connections[source.project, source.name].connector,
            stream_id=numbers[source.project, source.name, stream.name],
            measures=config.measures,
            facts_kept=kept,
            client=connections[source.project, source.name].client,
        )
        for source in config.sources
        for stream in connections[source.project, source.name].connector.streams()
    ]
    return jobs, connections


def _warn_of_restart(former: Config, config: Config) -> None:
    """Say what a reload cannot change."""
    if config.store != former.store:
        log.warning("store: another one is used only after a restart")
    if config.web.model_copy(update={"enable_lifecycle": former.web.enable_lifecycle}) != former.web:
        log.warning("web: another address, prefix or config_file is used only after a restart")


@dataclass
class _Reload:
    """How the last reload went; the start counts as one."""

    ok: bool
    at: datetime


class Daemon:
    """The running service. Its web side is `collector.web.state.WebState`."""

    def __init__(
        self,
        store: Store,
        setup: Setup,
        load: Callable[[], Setup],
        clock: Clock,
        protection: Protection | None = None,
        manager: Systemd | None = None,
    ) -> None:
        self._store = store
        self._setup = setup
        self._load = load
        self._clock = clock
        self._counters = Counters()
        self._network = open_network(store.path, clock, counters=self._counters)
        self._locks = PollLocks(store.path)
        self._vault = Vault(store, clock, setup.config.vault_keys)
        self._poller = Poller(store, clock, self._locks)
        self._scheduler = Scheduler(self._poller, clock, self._counters, self._heard)
        self._connections: Connections = {}
        self._kept_up: Config | None = None
        """The configuration that derived data were last brought in line with, as a whole."""
        self._reloaded = _Reload(ok=True, at=clock.now())
        self._stop = asyncio.Event()
        self._stale = asyncio.Event()
        self._protection = protection or Protection()
        self._protection.heard = self._stale.set
        self._manager = manager or Systemd({})
        self._rendering_since: float | None = None
        self._poll_ended = clock.monotonic()
        self._reloading = asyncio.Lock()
        self._hung_up: asyncio.Task[None] | None = None
        self._histories = asyncio.Semaphore(MOST_HISTORIES)
        self.snapshot: Snapshot | None = None

    # ── what the web sees ────────────────────────────────────────────────────────────

    @property
    def not_ready(self) -> str | None:
        """Store and configuration are there before the daemon is."""
        return None

    @property
    def lifecycle(self) -> bool:
        """Whether /-/reload is allowed."""
        return self._setup.config.web.enable_lifecycle

    async def history(self, asked: Asked) -> Sequence[Point]:
        """Values as of past days, in a thread that ends with the time-out; scrapes do not wait for it.

        Raises:
            NoSuchName, BadStretch: what was asked for does not exist.
            NoHistory: it takes too long, or the store does not answer.
        """
        until = self._clock.monotonic() + HISTORY_SECONDS
        try:
            async with asyncio.timeout(HISTORY_SECONDS), self._histories:
                return await in_thread(
                    past,
                    self._store,
                    self._setup,
                    asked,
                    now=self._clock.now(),
                    expired=lambda: self._clock.monotonic() > until,
                )
        except TimeoutError as error:
            raise NoHistory(f"not done within {HISTORY_SECONDS:g} s; ask for fewer days, or later") from error
        except StoreError as error:
            raise NoHistory(str(error)) from error

    async def reload(self) -> None:
        """Take over the configuration on disk, touching only what changed.

        Raises:
            ReloadRefused: it is bad; nothing has changed.
        """
        async with self._reloading:
            self._manager.reloading(monotonic=self._clock.monotonic(), status="reloading")
            outcome = "serving"
            try:
                setup = await in_thread(self._load)
                _warn_of_restart(self._setup.config, setup.config)
                await self._adopt(setup)
            except (ConfigErrors, StoreError) as error:
                self._reloaded.ok = False
                self._stale.set()
                log.error("reload refused, the former configuration stays in use: %s", error)
                outcome = f"serving the former configuration, for the new one was refused: {error}"
                raise ReloadRefused(str(error)) from error
            finally:
                self._manager.reloaded(outcome)
            self._reloaded = _Reload(ok=True, at=self._clock.now())
            self._stale.set()
            log.info("configuration reloaded")

    # ── running ──────────────────────────────────────────────────────────────────────

    async def run(self, sock: socket.socket) -> None:
        """Serve on a bound socket until a signal says stop.

        Raises:
            StoreError: the store could not be brought in line with the configuration.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        web = self._setup.config.web
        server = Server(make_app(self, route_prefix=web.route_prefix), sock, protection=self._protection)
        serving = asyncio.create_task(server.run(), name="web")
        tasks: list[asyncio.Task[None]] = []
        self._manager.status("starting: the first snapshot is being made")
        try:
            tasks.append(asyncio.create_task(self._begin(), name="start"))
            if await self._goes_on(serving, tasks):
                self._manager.ready("serving")
                tasks.append(asyncio.create_task(self._scheduler.run(), name="schedule"))
                tasks.append(asyncio.create_task(self._keep_fresh(), name="snapshots"))
                tasks.append(asyncio.create_task(self._retain(), name="retention"))
                if (every := self._manager.watchdog_seconds) is not None:
                    tasks.append(asyncio.create_task(watch(self._manager, self._signs, every=every), name="watchdog"))
                tasks.append(asyncio.create_task(self._keep_access(), name="access"))
                await self._goes_on(serving, tasks[1:])
        finally:
            await self._shut_down(server, serving, tasks)

    async def _begin(self) -> None:
        """What comes before the first poll; it may take long, where many deals are counted anew."""
        await self._adopt(self._setup)
        await self._renew()

    async def _goes_on(self, serving: asyncio.Task[None], tasks: Sequence[asyncio.Task[None]]) -> bool:
        """Wait for the first of these to end, whose error is ours; False if it was the signal to stop."""
        stopping = asyncio.create_task(self._stop.wait(), name="stop")
        done, _ = await asyncio.wait([stopping, serving, *tasks], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task in done - {stopping}:
            task.result()
        return stopping not in done and serving not in done

    async def _shut_down(
        self, server: Server, serving: asyncio.Task[None], tasks: Sequence[asyncio.Task[None]]
    ) -> None:
        log.info("stopping")
        self._manager.stopping("stopping")
        server.stop()
        for task in tasks:
            task.cancel()
        closing = asyncio.create_task(self._vault.close(timedelta(seconds=GRACE_SECONDS - 1)), name="vault")
        _, late = await asyncio.wait([serving, closing, *tasks], timeout=GRACE_SECONDS)
        for task in late:
            log.warning("%s did not end in %s s and is left", task.get_name(), GRACE_SECONDS)
        for connection in self._connections.values():
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await connection.client.close()

    def _hang_up(self) -> None:
        async def reload() -> None:
            with suppress(ReloadRefused):  # logged, and shown by config_last_reload_successful
                await self.reload()

        self._hung_up = asyncio.create_task(reload(), name="reload")

    async def _adopt(self, setup: Setup) -> None:
        """Make a configuration the one that counts."""
        other_keys = self._vault.use_keys(setup.config.vault_keys)
        jobs, connections = await in_thread(
            make_jobs, self._store, setup.config, self._network, self._vault, self._connections
        )
        upkeep = await in_thread(configured.keep_up, self._store, setup.config, self._kept_up)
        self._kept_up = None if upkeep.faults else setup.config
        for fault in upkeep.faults:
            log.error("%s", fault)
        recounted = await in_thread(configured.recounted_money, self._store, self._setup.config, setup.config)
        for restated in (upkeep.restated, recounted):
            for (project, source, stream), facts in restated.items():
                self._counters.restated(project, source, stream, facts=facts, reason="config")
        # whoever changed a source's settings wants to see at once what comes of it: nothing is known of it then
        standings = {} if self._connections else await in_thread(reading, self._store, streams.standings)
        self._setup, former = setup, self._connections
        self._connections = connections
        self._scheduler.plan(jobs, standings)
        for access in self._vault.known if other_keys else ():
            self._scheduler.credentials_changed(access.owner.project, access.owner.source)
        for key, connection in former.items():
            if connections.get(key) is not connection:
                await connection.close()

    async def _retain(self) -> None:
        """Let what has had its time go, once a day."""
        place = Place(self._store, self._locks)
        await retain_daily(place, lambda: self._setup.config, self._clock, self._stale.set)

    async def _keep_access(self) -> None:
        """Keep tokens from dying idle, and go on with a source that somebody has signed in to."""
        await keep_access(self._vault, lambda key: self._scheduler.credentials_changed(*key), self._stale.set)

    async def _heard(self, report: PollReport) -> None:
        """A poll has ended: tell the plugins, renew the snapshot."""
        self._poll_ended = self._clock.monotonic()
        self._stale.set()
        if not self._setup.plugins.manager.hook.poll_finished.get_hookimpls():
            return
        try:
            async with asyncio.timeout(HOOK_SECONDS):
                await in_thread(self._setup.plugins.manager.hook.poll_finished, report=report)
        except TimeoutError:
            log.warning("a plugin's poll_finished takes over %s s; the next poll does not wait for it", HOOK_SECONDS)
        except Exception:
            log.exception("a plugin's poll_finished failed")

    # ── snapshots ────────────────────────────────────────────────────────────────────

    async def _keep_fresh(self) -> None:
        """A new snapshot whenever data change, and when the clock alone changes something."""
        wake = self._clock.now()
        while True:
            seconds = max(0.0, (wake - self._clock.now()).total_seconds())
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._stale.wait()
            self._stale.clear()
            try:
                wake = await self._renew()
            except StoreError as error:
                log.error("no new snapshot, the last one stays: %s", error)
                wake = self._clock.now() + _RETRY
            except Exception:
                log.exception("no new snapshot, the last one stays")
                wake = self._clock.now() + _RETRY
            await asyncio.sleep(_PAUSE.total_seconds())

    async def _renew(self) -> datetime:
        """Make and show a new snapshot; returns when the clock next changes something."""
        setup, counts, daemon = self._setup, self._counters.frozen(), self._facts()
        previous, now = self.snapshot, self._clock.now()

        def make() -> tuple[Snapshot, datetime]:
            inputs = gather(self._store, setup, counts=counts, daemon=daemon, now=now)
            return build(previous, inputs, monotonic=self._clock.monotonic), next_instant(inputs, setup.config)

        self._rendering_since = self._clock.monotonic()
        try:
            self.snapshot, wake = await in_thread(make)
        finally:
            self._rendering_since = None
        return wake

    def _signs(self) -> Signs:
        """What the watchdog looks at."""
        now, rendering = self._clock.monotonic(), self._rendering_since
        timeouts = (source.settings.timeout.total_seconds() for source in self._setup.config.sources)
        return Signs(
            snapshot_seconds=0.0 if rendering is None else now - rendering,
            write_seconds=self._store.write_seconds,
            waiting_seconds=self._scheduler.waiting_seconds,
            silent_seconds=now - self._poll_ended,
            timeout_seconds=max(timeouts, default=0.0),
        )

    def _facts(self) -> DaemonFacts:
        return DaemonFacts(
            version=__version__,
            connectors=connector_facts(self._setup.plugins),
            reload_ok=self._reloaded.ok and self._protection.fault is None,
            reloaded_at=self._reloaded.at,
            schedule_lag_seconds=self._scheduler.lag_seconds,
            store_bytes=self._store.bytes(),
        )
