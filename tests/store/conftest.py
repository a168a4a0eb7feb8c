"""A store in a temporary folder, a CRM that feeds it, and short ways to write entities."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from collector.plugin.records import Deal, Lead
from collector.store.connect import Store, open_store
from tests.store.crm import Crm


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/collector.db")
    yield opened
    opened.close()


@pytest.fixture
def crm(store: Store) -> Crm:
    return Crm(store)


def _at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=12)


MakeDeal = Callable[..., Deal]
MakeLead = Callable[..., Lead]


@pytest.fixture
def deal() -> MakeDeal:
    def make(
        key: int,
        *,
        created: str = "2026-01-01",
        won: str | None = None,
        lost: str | None = None,
        amount: str = "100",
        customer: str | None = None,
        **more: object,
    ) -> Deal:
        closed = won or lost
        return Deal(
            id=str(key),
            created_at=_at(created),
            updated_at=_at(closed or created),
            status="won" if won else "lost" if lost else "open",
            amount=Decimal(amount),
            currency="RUB",
            closed_at=_at(closed) if closed else None,
            customer_id=customer,
            **more,  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def lead() -> MakeLead:
    def make(
        key: int,
        *,
        created: str = "2026-01-01",
        hour: int = 0,
        customer: str | None = None,
        status: str = "open",
        **more: object,
    ) -> Lead:
        moment = _at(created) + timedelta(hours=hour)
        return Lead(
            id=str(key),
            created_at=moment,
            updated_at=moment,
            status=status,
            customer_id=customer,
            **more,  # type: ignore[arg-type]
        )

    return make
