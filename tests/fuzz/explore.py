"""Drive every operation of a published document with generated input, good and bad, over real HTTP."""

from collections.abc import Callable, Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, CheckFunction, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

EXAMPLES = 25
NOT_ASKED: list[CheckFunction] = [positive_data_acceptance, not_a_server_error]
"""Law, calendars and reference lists refuse what JSON Schema cannot, so a well-formed input may be a 422; and 503 is an
honest answer of ours when a neighbour is away. What may never come is looked at in `OUR_FAULT`."""
OUR_FAULT = frozenset({500, 501, 502})


def explore(document: Mapping[str, Any], *, base_url: str, headers: Callable[[], Mapping[str, str]]) -> int:
    """Send generated requests to every operation; any answer the document does not foresee fails.

    Args:
        document: The OpenAPI document.
        base_url: Where the application listens.
        headers: Returns fresh credentials.

    Returns:
        How many operations were explored.
    """
    schema = schemathesis.openapi.from_dict(dict(document))
    refusals = ["400", "401", "403", "404", "405", "409", "412", "413", "414", "415", "422", "428"]
    schema.config.checks.negative_data_rejection.expected_statuses = refusals
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    found: list[str] = []
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                _explore_one(operation, mode, base_url, headers)
            except Unsatisfiable:
                continue  # nothing about this operation can be got wrong
            except FailureGroup as failures:
                found.append(f"{operation.label} ({mode.value}): {failures.message}")
            except AssertionError as failure:
                found.append(f"{operation.label} ({mode.value}): {failure}")
    assert not found, "\n\n".join(found)
    return len(operations)


def _explore_one(operation: Any, mode: GenerationMode, base_url: str, headers: Callable[[], Mapping[str, str]]) -> None:
    positive = mode is GenerationMode.POSITIVE
    cases = operation.as_strategy(generation_mode=mode)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],  # the request that failed is told as it is; making it smaller takes minutes
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def send(case: Case[Any]) -> None:
        if case.query.get("wait"):
            case.query["wait"] = 0  # a long poll is right to wait; this test is not
        own = {name: value for name, value in headers().items() if positive or name not in (case.headers or {})}
        answer = case.call_and_validate(base_url=base_url, headers=own, excluded_checks=NOT_ASKED)
        assert answer.status_code not in OUR_FAULT, answer.status_code

    send()
