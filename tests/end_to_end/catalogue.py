"""A school, a programme and a session to enrol on, new for each test that asks."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.end_to_end.partner import Partner, expect


def new_session(training: Partner, *, capacity: int) -> dict[str, Any]:
    """Open a session of a short qualifying programme that starts in two months.

    Args:
        training: A partner with `courses:write`.
        capacity: Seats.
    """
    unique = secrets.token_hex(4)
    institution = {"name": f"Centre {unique}", "region": "06", "unit": "MA-CAS"}
    institution_id = expect(training.post("/v1/institutions", institution), 201)["id"]
    programme = {"name": f"Couture {unique}", "institution_id": institution_id, "level": "FQ", "languages": ["fr"]}
    programme_id = expect(training.post("/v1/programmes", programme), 201)["id"]
    starts_on = datetime.now(UTC).date() + timedelta(days=60)
    session = {
        "programme_id": programme_id,
        "starts_on": starts_on.isoformat(),
        "ends_on": (starts_on + timedelta(days=180)).isoformat(),
        "capacity": capacity,
    }
    body: dict[str, Any] = expect(training.post("/v1/sessions", session), 201)
    return body
