"""What a snapshot tells of sources' access: when it ends, and whether a person must sign in.

Beside `gather`. What a configuration says of it is looked up once (`credentials`), what
the store keeps at each snapshot (`access`).
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from collector.polling.counters import SourceKey
from collector.polling.owners import owner_of, settings_of
from collector.polling.redaction import secrets_in
from collector.settings.model import Config, Source
from collector.settings.offline import offline
from collector.snapshot.inputs import Access
from collector.store.state import StreamState
from collector.store.tokens import Kept, Owner

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Credentials:
    """How a source is let in: by a grant (`owner` is what its token is kept by), or by a key of the settings."""

    owner: Owner | None
    settings: str
    expires_at: datetime | None = None
    """When the settings' own key dies, if the connector knows."""


def credentials(config: Config) -> Mapping[SourceKey, Credentials]:
    """Those of each source that has any."""
    found = {(source.project, source.name): _credentials(source) for source in config.sources}
    return {key: each for key, each in found.items() if each is not None}


def _credentials(source: Source) -> Credentials | None:
    try:
        connector = offline(source)
        grant, expires_at = connector.grant(), connector.credentials_expire_at()
    except Exception as error:  # noqa: BLE001 - a plugin's bug must not stop the snapshot
        name = source.connector.type.name
        log.error("%s: the connector %s cannot tell its grant: %s", source.name, name, type(error).__name__)
        return None
    if grant is not None:
        return Credentials(owner_of(source, grant), settings_of(source), expires_at)
    if expires_at is not None or any(secrets_in(source.settings)):
        return Credentials(None, settings_of(source), expires_at)
    return None


def access(found: Credentials | None, kept: Mapping[Owner, Kept], states: Iterable[StreamState]) -> Access | None:
    """A source's access as it is now; None: it needs none."""
    mine = kept.get(found.owner) if found is not None and found.owner is not None else None
    refused = any(_was_refused(state, mine) for state in states)
    if found is None:
        return Access(needs_reauth=True) if refused else None
    if mine is not None and mine.refused_at is not None and mine.refused_by == found.settings:
        refused = True
    return Access(refused, found.expires_at if mine is None else _ends(mine) or found.expires_at)


def _was_refused(state: StreamState, kept: Kept | None) -> bool:
    """Whether the last poll was, and nobody has signed in since."""
    if state.reason != "credentials_refused":
        return False
    signed_in = None if kept is None else kept.renewed_at
    return signed_in is None or state.last_attempt is None or state.last_attempt > signed_in


def _ends(kept: Kept) -> datetime | None:
    """When nothing can be read any more unless a person does something; None: not known."""
    if kept.refresh_expires_at is not None:
        return kept.refresh_expires_at
    return None if kept.renewable else kept.expires_at
