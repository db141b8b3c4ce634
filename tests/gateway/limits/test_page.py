"""docs/limits.md says what reference/limits.yaml says."""

from pathlib import Path

import orjson

from services.gateway.forwarding.domain.load import BYTES, CALLS, CALLS_OF_ONE
from services.gateway.forwarding.reference.limits import classes

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "limits.md").read_text("utf-8")


def test_the_table_is_the_data() -> None:
    rows = [
        f"| `{limited.name}` | `{policy.name}` | {limited.by} | {policy.units} / {policy.window_s} s "
        f"| {policy.burst} | {'yes' if policy.strict else 'no'} |"
        for limited in classes()
        for policy in limited.policies
    ]
    assert [line for line in PAGE.splitlines() if line.startswith("| `")] == rows


def test_the_costs_and_bounds_in_the_text_are_the_datas() -> None:
    text = " ".join(PAGE.split())
    named = " ".join(text.partition("One call costs 1 unit, except:")[2].partition(". All limits")[0].split("`"))
    for limited in classes():
        for operation, cost in limited.operations.items():
            if cost > 1:
                assert operation in named
                assert str(cost) in named
    assert f"{CALLS:,} calls" in text
    assert f"{CALLS_OF_ONE:,} for one target" in text
    assert f"{BYTES // 1024 // 1024} MiB" in text


def test_what_search_costs_is_asked_of_operations_that_are_there() -> None:
    document = orjson.loads((ROOT / "docs" / "openapi" / "gateway.json").read_bytes())
    published = {entry["operationId"] for item in document["paths"].values() for entry in item.values()}
    named = {name for limited in classes() for name in limited.operations}
    assert {"issue_token", "search_persons", "import_persons", "list_changes"} <= published & named
