"""COPY gets the same rows as the import, in an order that the foreign keys allow."""

import pytest

from benchmarks.bulk import figure
from benchmarks.copying import is_bookkeeping, load_order
from benchmarks.rows import COLUMNS, as_csv, persons


def test_a_table_comes_after_those_it_refers_to() -> None:
    references = {"name": {"person"}, "address": {"person", "region"}, "person": {"person"}}
    order = load_order({"address", "name", "person"}, references)
    assert order[0] == "person"
    assert set(order) == {"address", "name", "person"}


@pytest.mark.parametrize("table", ["job", "procrastinate_jobs", "alembic_version", "audit_record"])
def test_tables_without_imported_rows_are_known(table: str) -> None:
    assert is_bookkeeping(table)


@pytest.mark.parametrize("table", ["person", "identifier", "change", "job_title"])
def test_tables_with_imported_rows_stay(table: str) -> None:
    assert not is_bookkeeping(table)


def test_the_same_batch_is_the_same_file_and_two_batches_share_nobody() -> None:
    assert as_csv(50, batch=1) == as_csv(50, batch=1)
    papers = [{row["passport"] for row in persons(50, batch=batch)} - {""} for batch in (1, 2)]
    assert not papers[0] & papers[1]


def test_no_two_rows_of_a_file_are_one_person() -> None:
    rows = list(persons(2000, batch=3))
    assert len({(row["given"], row["family"]) for row in rows}) == len(rows)
    assert tuple(rows[0]) == COLUMNS


def test_the_figure_compares_rates_of_the_same_file() -> None:
    made = figure(1000, [2.0, 4.0, 3.0], [1.5, 1.5, 9.0], stored=9000)
    assert made.ratio == pytest.approx(0.5)
    assert made.code == "G"
