"""Accounts made at the machine: the demo's people, and the first administrator."""

import json
import stat
from pathlib import Path

import pyotp
import pytest

from services.gateway.access.domain.account_errors import AccountUnknownError, UsernameTakenError
from services.gateway.access.domain.errors import DemoOutsideDemoError
from services.gateway.access.store.sealing import Seal
from services.stack.clients import ensure_demo_clients
from services.stack.people import create_first_account, ensure_demo_accounts
from services.stack.stores import Store

SEAL = Seal(bytes(32))


@pytest.fixture
def file(gateway_database: Store, tmp_path: Path) -> Path:
    """The demo file, with the demo's clients in it."""
    place = tmp_path / "demo.json"
    ensure_demo_clients(
        gateway_database.url, environment="demo", file=place, base_url="http://127.0.0.1:8000", secrets={}
    )
    return place


def test_the_demo_has_three_people_who_can_sign_in(gateway_database: Store, file: Path) -> None:
    made = ensure_demo_accounts(gateway_database.url, environment="demo", file=file, seal=SEAL)
    assert json.loads(file.read_text("utf-8")) == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {name: one["organisation"] for name, one in made["accounts"].items()} == {
        "amina": "ministry",
        "youssef": "ministry",
        "leila": "hospital",
    }
    for name, one in made["accounts"].items():
        assert set(one) == {"username", "password", "totp_secret", "organisation"}
        assert one["username"] == name
        assert len(one["password"]) >= 24
        assert len(pyotp.TOTP(one["totp_secret"]).now()) == 6
    assert "integrator" in made["clients"]


def test_making_them_again_changes_nothing_and_a_lost_file_is_made_good(gateway_database: Store, file: Path) -> None:
    first = ensure_demo_accounts(gateway_database.url, environment="demo", file=file, seal=SEAL)
    ensure_demo_clients(
        gateway_database.url, environment="demo", file=file, base_url="http://127.0.0.1:8000", secrets={}
    )
    assert ensure_demo_accounts(gateway_database.url, environment="demo", file=file, seal=SEAL) == first
    file.unlink()
    renewed = ensure_demo_accounts(gateway_database.url, environment="demo", file=file, seal=SEAL)["accounts"]
    assert renewed.keys() == first["accounts"].keys()
    assert all(renewed[name]["password"] != one["password"] for name, one in first["accounts"].items())


def test_the_demos_people_stay_in_the_demo(gateway_database: Store, file: Path) -> None:
    with pytest.raises(DemoOutsideDemoError):
        ensure_demo_accounts(gateway_database.url, environment="production", file=file, seal=SEAL)


def test_the_first_account_is_invited_by_hand(gateway_database: Store, file: Path) -> None:
    del file
    values = {"display_name": "Fatima", "scopes": ["partners:admin"], "language": "ar"}
    made = create_first_account(gateway_database.url, "fatima", organisation="ministry", **values)  # type: ignore[arg-type]  # a table of arguments
    assert len(made.token) == 43
    assert made.account.scopes == {"partners:admin"}
    with pytest.raises(UsernameTakenError):
        create_first_account(gateway_database.url, "fatima", organisation="ministry", **values)  # type: ignore[arg-type]  # the same
    with pytest.raises(AccountUnknownError):
        create_first_account(gateway_database.url, "fatima2", organisation="nobody", **values)  # type: ignore[arg-type]  # the same
