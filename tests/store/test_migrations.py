"""What the migrations make is what the program believes to have."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import collector.store.migrations
from collector.store.connect import SCHEMA, open_store
from collector.store.schema import metadata


def test_the_migrations_lead_to_the_schema_of_the_program(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/collector.db")
    with store.read() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []
    store.close()


def test_the_last_migration_is_the_one_that_the_program_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(str(collector.store.migrations.__file__)).parent))

    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA
