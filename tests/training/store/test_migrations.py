"""The history of the training database: one head, up and down and up again, no drift, and what it seeds."""

from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from services.stack.migrations import configuration
from services.stack.stores import Store
from services.training.courses import store as store_package

MIGRATIONS = Path(store_package.__file__).parents[1] / "migrations"


def test_the_file_head_names_the_one_head() -> None:
    scripts = ScriptDirectory.from_config(configuration("training", "postgresql://"))
    assert scripts.get_heads() == [(MIGRATIONS / "HEAD").read_text("utf-8").strip()]


def test_the_schema_does_not_drift_from_the_tables(training_database: Store) -> None:
    command.check(configuration("training", training_database.owner_url))


def test_the_history_can_be_undone_and_done_again(training_database: Store) -> None:
    config = configuration("training", training_database.owner_url)
    command.downgrade(config, "base")
    command.upgrade(config, "head")
    command.check(config)
