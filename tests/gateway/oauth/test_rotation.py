"""Signing keys come, sign, retire and go; whoever holds a token of any of them but the last notices nothing."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.gateway.access.domain.records import KeyState, KeyUse, StoredKey
from services.gateway.access.domain.rotation import EVERY, KEPT, OVERLAP
from services.gateway.access.operations.ensure_signing_keys import ensure_signing_keys
from services.gateway.access.operations.rotate_signing_keys import rotate_signing_keys
from services.gateway.access.store.keyring import AGAIN_S, FRESH_S, Keyring, KeySourceOf
from services.gateway.access.store.sealing import Seal
from services.kit.database import Database
from services.kit.tokens import SigningKey, TokenRefusedError, TokenVerifier, sign
from services.stack.stores import Store

SEAL = Seal(b"k" * 32)
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


class House:
    """A store of keys, one process that holds them, and the time."""

    def __init__(self, database: Database) -> None:
        self.database, self.at = database, AT
        self.keyring = Keyring(self._load, SEAL, lambda: self.at, self._forget)
        self.verifier = TokenVerifier(KeySourceOf(self.keyring, KeyUse.ACCESS), issuer="i", audience="a")

    async def _load(self, at: datetime) -> Sequence[StoredKey]:
        async with self.database.sessions.begin() as session:
            return await ensure_signing_keys(session, seal=SEAL, at=at)

    def _forget(self) -> None:
        self.verifier.forget()

    async def rotate(self, *, force: bool = False, begin: bool = False, revoke: bool = False) -> dict[KeyState, str]:
        """Rotate; return the keys for access tokens, by state."""
        async with self.database.sessions.begin() as session:
            keys = await rotate_signing_keys(session, seal=SEAL, at=self.at, force=force, begin=begin, revoke=revoke)
        assert {key.use for key in keys} == set(KeyUse)
        return {key.state: key.kid for key in keys if key.use is KeyUse.ACCESS}

    async def token(self, key: SigningKey | None = None) -> str:
        signing = key or await self.keyring.current(KeyUse.ACCESS)
        claims = {"iss": "i", "aud": "a", "sub": "s", "client_id": "c"}
        return sign(signing, claims, issued_at=self.at, lifetime_s=300)

    async def believes(self, token: str) -> bool:
        try:
            await self.verifier.verify(token, at=self.at)
        except TokenRefusedError:
            return False
        return True

    async def published(self) -> set[str]:
        return {key["kid"] for key in (await self.keyring.published(KeyUse.ACCESS))["keys"]}


@pytest.fixture
async def house(gateway_database: Store) -> AsyncIterator[House]:
    database = Database(gateway_database.url)
    yield House(database)
    await database.close()


async def test_a_month_of_hours_turns_the_keys_over_and_no_token_is_ever_refused(house: House) -> None:
    first = (await house.rotate())[KeyState.CURRENT]
    seen = {first}
    hours = int((EVERY + timedelta(days=1)) / timedelta(hours=1))
    for hour in range(hours):
        if hour in {1, 100} or hour > hours - 30:  # the whole month would tell no more
            token = await house.token()
            states = await house.rotate()
            seen |= set(states.values())
            assert await house.believes(token)
        house.at += timedelta(hours=1)
    assert len(seen) == 2
    states = await house.rotate()
    assert set(states) == {KeyState.CURRENT}
    assert states[KeyState.CURRENT] != first


async def test_tokens_of_all_three_states_are_believed_and_of_a_removed_key_no_more(house: House) -> None:
    assert set(await house.rotate()) == {KeyState.CURRENT}
    old = await house.keyring.current(KeyUse.ACCESS)
    states = await house.rotate(begin=True)
    assert set(states) == {KeyState.CURRENT, KeyState.NEXT}
    assert await house.rotate(begin=True) == states
    house.at += timedelta(seconds=FRESH_S + 1)
    assert await house.published() == set(states.values())
    assert (await house.keyring.current(KeyUse.ACCESS)).kid == old.kid

    house.at += OVERLAP
    states = await house.rotate()
    assert states == {KeyState.RETIRED: old.kid, KeyState.CURRENT: states[KeyState.CURRENT]}
    late = await house.token(old)  # another process has not looked yet
    house.at += timedelta(seconds=FRESH_S + 1)
    new = await house.keyring.current(KeyUse.ACCESS)
    assert new.kid == states[KeyState.CURRENT] != old.kid
    assert await house.believes(late)
    assert await house.believes(await house.token())

    await house.rotate(begin=True)
    house.at += KEPT
    token = await house.token(old)
    states = await house.rotate()
    assert set(states) == {KeyState.CURRENT, KeyState.NEXT}
    house.at += timedelta(seconds=FRESH_S + 1)
    assert not await house.believes(token)
    assert await house.published() == set(states.values())


async def test_a_key_that_is_published_is_believed_before_this_process_signs_with_it(house: House) -> None:
    await house.rotate()
    await house.rotate(begin=True)
    async with house.database.sessions.begin() as session:
        keys = await ensure_signing_keys(session, seal=SEAL, at=house.at)
    following = next(key for key in keys if key.use is KeyUse.ACCESS and key.state is KeyState.NEXT)
    key = SigningKey.from_pem(following.kid, SEAL.unwrap(following.kid, following.use, following.sealed))
    assert await house.believes(await house.token(key))


async def test_in_an_emergency_a_new_key_signs_at_once_and_the_old_is_believed_or_not(house: House) -> None:
    await house.rotate(begin=True)
    token = await house.token()
    states = await house.rotate(force=True)
    assert set(states) == {KeyState.CURRENT, KeyState.RETIRED}
    house.at += timedelta(seconds=AGAIN_S)
    other = House(house.database)
    other.at = house.at
    assert await house.believes(await other.token())  # a key never seen makes us look
    assert await house.believes(token)
    before = await house.token()
    states = await house.rotate(force=True, revoke=True)
    assert set(states) == {KeyState.CURRENT}
    house.at += timedelta(seconds=FRESH_S + 1)
    assert not await house.believes(token)
    assert not await house.believes(before)
    assert await house.believes(await house.token())


async def test_forged_kids_do_not_make_us_look_again_and_again(house: House) -> None:
    looked = []
    load = house.keyring._stored_keys

    async def counted(at: datetime) -> Sequence[StoredKey]:
        looked.append(at)
        return await load(at)

    house.keyring._stored_keys = counted
    await house.token()
    stranger = SigningKey.generate()
    for _ in range(20):
        assert not await house.believes(await house.token(stranger))
    assert len(looked) == 1
    house.at += timedelta(seconds=AGAIN_S)
    for _ in range(20):
        assert not await house.believes(await house.token(stranger))
    assert len(looked) == 2


def test_the_command_says_how_the_keys_stand(gateway_database: Store) -> None:
    environment = {
        **os.environ,
        "INDIMAJ_GATEWAY_DATABASE_URL": gateway_database.url,
        "INDIMAJ_GATEWAY_KEY_ENCRYPTION_KEY": "33" * 32,
    }

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "services", "rotate-keys", *options]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    def states(*options: str) -> list[str]:
        answer = run(*options)
        assert answer.returncode == 0, answer.stderr
        return sorted(" ".join(line.split()[:2]) for line in answer.stdout.splitlines())

    assert states() == ["access current", "internal current"]
    assert states() == ["access current", "access next", "internal current", "internal next"]
    assert states("--now") == ["access current", "access retired", "internal current", "internal retired"]
    assert states("--now", "--revoke") == ["access current", "internal current"]
    assert run("--revoke").returncode == 2
