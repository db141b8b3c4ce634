"""What the gateway is told."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.gateway.settings import GatewaySettings

GOOD: dict[str, Any] = {
    "database_url": "postgresql://x@h/d",
    "identifier_hash_key": "11" * 32,
    "pseudonym_key": "22" * 32,
    "key_encryption_key": "33" * 32,
}


def test_the_issuer_is_the_gateway_unless_it_is_told_another() -> None:
    assert GatewaySettings(**GOOD, gateway_url="http://127.0.0.1:8000/").public_url == "http://127.0.0.1:8000"
    assert GatewaySettings(**GOOD, issuer="https://api.test/").public_url == "https://api.test"


@pytest.mark.parametrize("key", ["", "33" * 31, "33" * 33, "canary"])
def test_a_key_encryption_key_has_32_bytes_and_is_never_shown(key: str) -> None:
    with pytest.raises(ValidationError) as caught:
        GatewaySettings(**GOOD | {"key_encryption_key": key})
    assert "canary" not in str(caught.value)
    assert "33" * 32 not in repr(GatewaySettings(**GOOD))


def test_the_documents_are_the_projects_own_unless_it_is_told_others(tmp_path: Path) -> None:
    assert GatewaySettings(**GOOD).documents.name == "openapi"
    assert GatewaySettings(**GOOD, openapi_dir=tmp_path).documents == tmp_path
    with pytest.raises(FileNotFoundError):
        _ = GatewaySettings(**GOOD, openapi_dir=tmp_path / "nowhere").documents
