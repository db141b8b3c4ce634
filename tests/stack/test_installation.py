"""The folder of an installation: secrets that stay, one launcher at a time, ports that give way."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.stack.display import readable
from services.stack.installation import AlreadyRunningError, Installation, Ports, choose_ports, settings_of
from services.stack.secret_files import read_document, write_document
from services.stack.stores import Store


def test_secrets_are_made_once_and_are_for_their_owner(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "local")
    first = installation.secrets()
    assert installation.secrets() == first
    assert len(set(first.values())) == len(first)
    assert all(len(bytes.fromhex(value)) == 32 for value in first.values())
    assert stat.S_IMODE((installation.folder / "secrets.json").stat().st_mode) == 0o600


def test_a_secret_that_a_later_version_needs_is_added_to_the_ones_there(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    write_document(tmp_path / "secrets.json", {"pseudonym_key": "kept"})
    assert installation.secrets()["pseudonym_key"] == "kept"
    assert "identifier_hash_key" in read_document(tmp_path / "secrets.json")


def test_a_file_that_is_no_object_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ValueError, match="no JSON object"):
        Installation(tmp_path).secrets()


def test_only_one_launcher_works_in_a_folder(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    assert installation.launcher() is None
    with installation.claimed():
        assert installation.launcher() is not None
        with pytest.raises(AlreadyRunningError, match="already running"), Installation(tmp_path).claimed():
            pass
    assert installation.launcher() is None


def test_the_claim_of_a_killed_launcher_does_not_outlive_it(tmp_path: Path) -> None:
    code = f"""
import os, signal
from pathlib import Path
from services.stack.installation import Installation
with Installation(Path({str(tmp_path)!r})).claimed():
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    assert (tmp_path / "launcher.pid").read_text(encoding="utf-8").isdigit()
    assert Installation(tmp_path).launcher() is None
    with Installation(tmp_path).claimed():
        pass


def test_a_taken_port_is_exchanged_and_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        first = taken.getsockname()[1]
        ports, remarks = choose_ports(first)
    assert ports.gateway != first
    assert remarks[0] == f"port {first} is taken: the gateway listens on {ports.gateway}"
    assert len({ports.gateway, ports.registry, ports.health, ports.training}) == 4


def test_a_service_is_told_its_own_database_and_keys_and_nobody_else_s() -> None:
    keys = {name: name.upper() for name in ("identifier_hash_key", "pseudonym_key", "key_encryption_key", "blob_key")}
    keys |= {"health_client_secret": "HEALTH SECRET", "training_client_secret": "TRAINING SECRET"}
    ports = Ports(gateway=1, registry=2, health=3, training=4)
    store = Store("coverage", "URL OF THE APP", "URL OF THE OWNER", "URL OF THE SUPERUSER")
    about: dict[str, Any] = {
        "store": store,
        "ports": ports,
        "keys": keys,
        "environment": "demo",
        "blobs": Path("/blobs"),
    }
    settings = settings_of("health", **about)
    assert settings["INDIMAJ_HEALTH_DATABASE_URL"] == "URL OF THE APP"
    assert settings["INDIMAJ_HEALTH_CLIENT_SECRET"] == "HEALTH SECRET"
    assert settings["INDIMAJ_GATEWAY_URL"] == "http://127.0.0.1:1"
    told = "\n".join(settings.values())
    for secret in ("OWNER", "SUPERUSER", "TRAINING SECRET", "KEY_ENCRYPTION_KEY", "BLOB_KEY"):
        assert secret not in told
    registry = settings_of("registry", **about)
    assert registry["INDIMAJ_REGISTRY_BLOB_KEY"] == "BLOB_KEY"
    assert registry["INDIMAJ_REGISTRY_BLOBS_URL"] == "/blobs"
    gateway = settings_of("gateway", **about)
    assert gateway["INDIMAJ_GATEWAY_KEY_ENCRYPTION_KEY"] == "KEY_ENCRYPTION_KEY"
    assert gateway["INDIMAJ_GATEWAY_TRAINING_URL"] == "http://127.0.0.1:4"


@pytest.mark.parametrize(
    ("line", "text", "level"),
    [
        (
            '{"service": "registry", "event": "job_failed", "level": "error", "job_id": "r-1"}',
            "job_failed job_id=r-1",
            "error",
        ),
        ("Traceback (most recent call last):", "Traceback (most recent call last):", "info"),
        ("{not json", "{not json", "info"),
    ],
)
def test_json_lines_become_short_sentences_and_others_stay(line: str, text: str, level: str) -> None:
    assert readable(line) == (text, level)
