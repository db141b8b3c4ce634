"""pgbench is given the service's own statements, and what it prints is read right."""

import pytest

from benchmarks.pgbench import PgbenchError, read_rate, script

PRINTED = """pgbench (18.6)
transaction type: multiple scripts
number of transactions actually processed: 61234
number of failed transactions: 0 (0.000%)
latency average = 0.652 ms
initial connection time = 12.345 ms
tps = 12268.123456 (without initial connection time)
"""


def test_the_rate_is_read() -> None:
    assert read_rate(PRINTED) == 12268.123456


@pytest.mark.parametrize("printed", ["", PRINTED.replace("transactions: 0", "transactions: 3")])
def test_failing_transactions_are_no_measurement(printed: str) -> None:
    with pytest.raises(PgbenchError):
        read_rate(printed)


def test_parameters_become_variables_and_the_statement_one_line() -> None:
    statement = "SELECT *\n  FROM person\n WHERE id = $1 AND version = $2 AND $1 IS NOT NULL"
    written = "SELECT * FROM person WHERE id = :person AND version = :version AND :person IS NOT NULL;"
    assert script(statement, ["person", "version"]) == written


def test_ten_parameters_are_not_one_and_a_zero() -> None:
    assert script("SELECT $10, $1", [f"v{number}" for number in range(1, 11)]) == "SELECT :v10, :v1;"


def test_a_colon_in_a_string_is_no_variable_and_a_cast_stays() -> None:
    assert script("SELECT to_char($1::date, 'HH24:MI')", ["on"]) == r"SELECT to_char(:on::date, E'HH24\x3AMI');"
