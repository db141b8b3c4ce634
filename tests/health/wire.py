"""Bodies as the gateway and partners send them."""

from typing import Any

from tests.health.builders import AWA

ACHAMIL: dict[str, Any] = {"rsu_score": "9.6", "other_amo": False, "contribution_paid": True}


def wire_facts(**changes: Any) -> dict[str, Any]:
    """Return the facts of Awa as the registry writes them."""
    return {
        "person_id": str(AWA),
        "version": 3,
        "recorded_at": "2026-11-01T09:00:00+00:00",
        "birth": {"earliest": "1990-05-12", "latest": "1990-05-12", "precision": "day"},
        "legal_statuses": [{"code": "REGULARISED_2014", "valid_from": "2014-06-01", "valid_to": None}],
        "permits": [{"type": "REG3", "valid_from": "2015-01-01", "valid_to": "2027-12-31", "stands_for_permit": False}],
        "residence": {"region": "06", "unit": "MA-CAS", "since": "2015-01-01"},
        "identifiers": [{"system": "PASSPORT", "hash": "ab" * 32}],
        "school_level": None,
        "household": None,
        "deceased_on": None,
        **changes,
    }


def question(**changes: Any) -> dict[str, Any]:
    """Return a question about Awa, who is entitled to AMO ACHAMIL."""
    return {"person_id": str(AWA), "scheme": "AMO_ACHAMIL", "declared": ACHAMIL, "facts": wire_facts(), **changes}
