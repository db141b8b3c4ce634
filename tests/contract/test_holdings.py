"""No table is forgotten: every one of every store says what it holds about persons, and what erasure does to it."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest
import yaml
from sqlalchemy import JSON, MetaData, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

import services.registry.store.tables as registry_tables
from services.background.holdings import Fate, Holdings
from services.gateway.events.store.holdings import holdings as events
from services.gateway.events.store.tables import metadata as events_tables
from services.health.coverage.store.holdings import holdings as coverage
from services.health.coverage.store.tables import metadata as coverage_tables
from services.registry.store.holdings import holdings as registry
from services.registry.store.tables.columns import metadata as registry_metadata
from services.training.courses.store.holdings import holdings as training
from services.training.courses.store.tables import metadata as training_tables
from tests.registry.builders import TODAY

for module in pkgutil.iter_modules(registry_tables.__path__):
    importlib.import_module(f"{registry_tables.__name__}.{module.name}")

STORES: dict[str, tuple[MetaData, Holdings]] = {
    "registry": (registry_metadata, registry()),
    "coverage": (coverage_tables, coverage()),
    "training": (training_tables, training()),
    "events": (events_tables, events()),
}
NAMING = frozenset({"person_id", "other_id", "protected_id", "from_id", "representative_id", "acting_for"})
"""Columns that name a person by themselves; any other says so by a foreign key, or by ending in `_person_id`."""


def persons_in(table: Table) -> set[str]:
    """Return the columns of a table that name persons."""
    return {
        column.name
        for column in table.columns
        if isinstance(column.type, Uuid)
        and (
            column.name in NAMING
            or column.name.endswith("_person_id")
            or any(key.target_fullname == "person.id" for key in column.foreign_keys)
        )
    }


def said_of(store: str) -> dict[str, set[str]]:
    """Return the columns by which each table's rows are found to be a person's."""
    found: dict[str, set[str]] = {}
    for holding in STORES[store][1].tables:
        found.setdefault(holding.table, set()).update(holding.persons)
    return found


@pytest.mark.parametrize("store", STORES)
def test_every_table_says_what_it_holds(store: str) -> None:
    metadata, holdings = STORES[store]
    named = {holding.table for holding in holdings.tables}
    assert not named & holdings.others.keys()
    assert set(metadata.tables) == named | holdings.others.keys()


@pytest.mark.parametrize("store", STORES)
def test_every_column_that_names_a_person_is_erased_by(store: str) -> None:
    metadata, holdings = STORES[store]
    said = said_of(store)
    for table in metadata.tables.values():
        assert persons_in(table) <= said.get(table.name, set()), f"{table.name} names persons that erasure would leave"
    for holding in holdings.tables:
        table = metadata.tables[holding.table]
        names = [holding.persons, holding.shown_by] if holding.through is None else []
        assert {column for some in names for column in some} <= set(table.c.keys()), holding.table
        assert set(holding.hidden) | set(holding.sets) <= set(table.c.keys()), holding.table


@pytest.mark.parametrize("store", STORES)
def test_what_a_table_holds_as_json_is_accounted_for(store: str) -> None:
    """A document can hold a person: its table is about persons, or says in words why it is not."""
    metadata, holdings = STORES[store]
    for table in metadata.tables.values():
        documents = [column for column in table.columns if isinstance(column.type, JSON | JSONB)]
        if documents and table.name not in said_of(store):
            assert holdings.others[table.name]


@pytest.mark.parametrize("store", STORES)
def test_what_is_kept_for_a_time_names_a_rule_that_is_in_force(store: str) -> None:
    holdings = STORES[store][1]
    for holding in holdings.tables:
        assert set(holding.title) in (set(), {"fr", "ar", "en"})
        if holding.data_class is not None:
            assert holdings.rule(holding.data_class, TODAY) is not None, holding.table
        if holding.fate is Fate.KEPT:
            assert holding.reason


def test_a_line_that_says_too_little_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "holdings.yaml"
    for entry in (
        {"table": "person", "fate": "kept"},
        {"table": "person", "fate": "deleted"},
        {"table": "person", "fate": "emptied", "reason": "so"},
        {"table": "person; DROP", "fate": "deleted", "reason": "so"},
    ):
        file.write_text(yaml.safe_dump({"holdings": [entry], "others": {}, "retention": []}))
        with pytest.raises(ValueError, match="person"):
            Holdings.read(file)
