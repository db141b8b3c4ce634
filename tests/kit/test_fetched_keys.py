"""The issuer's published keys: fetched once, again for a new one, and kept when the issuer is away."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from services.kit.tokens import FIRST_PAUSE_S, KEPT_S, REFRESH_PAUSE_S, FetchedKeys, SigningKey

OLD, NEW = SigningKey.generate(), SigningKey.generate()


class Issuer:
    """An issuer that may be slow, away, or lying; and the clock that its reader looks at."""

    def __init__(self, *keys: SigningKey) -> None:
        self.answer: Any = {"keys": [key.public_jwk() for key in keys]}
        self.asked = 0
        self.seconds = 1_000.0
        self.open = asyncio.Event()
        self.open.set()

    async def fetch(self) -> Mapping[str, Any]:
        self.asked += 1
        await self.open.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        answer: Mapping[str, Any] = self.answer
        return answer

    def publish(self, *keys: SigningKey) -> None:
        self.answer = {"keys": [key.public_jwk() for key in keys]}

    def reader(self) -> FetchedKeys:
        return FetchedKeys(self.fetch, clock=lambda: self.seconds)


async def known(reader: FetchedKeys, kid: str | None) -> set[str | None]:
    return {key.kid for key in (await reader.keys(kid)).keys}


async def test_keys_are_fetched_at_first_need_and_once() -> None:
    issuer = Issuer(OLD)
    reader = issuer.reader()
    assert issuer.asked == 0
    for kid in (OLD.kid, OLD.kid, None):
        assert await known(reader, kid) == {OLD.kid}
    assert issuer.asked == 1


async def test_an_unknown_kid_asks_again_but_not_more_often_than_every_half_minute() -> None:
    issuer = Issuer(OLD)
    reader = issuer.reader()
    await reader.keys(OLD.kid)
    for forged in range(50):
        await reader.keys(f"forged-{forged}")
    assert issuer.asked == 1
    issuer.seconds += REFRESH_PAUSE_S
    for forged in range(50):
        await reader.keys(f"forged-{forged}")
    assert issuer.asked == 2


async def test_a_new_key_is_found_when_its_first_token_comes() -> None:
    issuer = Issuer(OLD)
    reader = issuer.reader()
    await reader.keys(OLD.kid)
    issuer.publish(OLD, NEW)
    issuer.seconds += REFRESH_PAUSE_S
    assert await known(reader, NEW.kid) == {OLD.kid, NEW.kid}


async def test_a_withdrawn_key_goes_out_of_use_though_nobody_asks_for_a_new_one() -> None:
    issuer = Issuer(OLD, NEW)
    reader = issuer.reader()
    await reader.keys(OLD.kid)
    issuer.publish(NEW)
    issuer.seconds += KEPT_S - 1
    assert OLD.kid in await known(reader, OLD.kid)
    issuer.seconds += 1
    assert await known(reader, OLD.kid) == {NEW.kid}


async def test_the_last_keys_stay_in_use_while_the_issuer_is_away() -> None:
    issuer = Issuer(OLD)
    reader = issuer.reader()
    await reader.keys(OLD.kid)
    issuer.answer = ConnectionRefusedError()
    for _ in range(3):
        issuer.seconds += KEPT_S
        assert await known(reader, OLD.kid) == {OLD.kid}
        assert await known(reader, NEW.kid) == {OLD.kid}
    assert issuer.asked == 4
    issuer.publish(NEW)
    issuer.seconds += REFRESH_PAUSE_S
    assert await known(reader, NEW.kid) == {NEW.kid}


@pytest.mark.parametrize(
    "answer",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        ValueError("not JSON"),
        {},
        {"keys": None},
        {"keys": [1]},
        {"keys": [{}]},
        {"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]},
        {"keys": [{"kty": "unheard-of"}]},
        ["keys"],
    ],
)
async def test_without_any_key_the_issuer_is_out_of_reach_and_is_asked_again_soon(answer: Any) -> None:
    issuer = Issuer(OLD)
    issuer.answer = answer
    reader = issuer.reader()
    for _ in range(20):
        with pytest.raises(ConnectionError):
            await reader.keys(OLD.kid)
    assert issuer.asked == 1
    issuer.publish(OLD)
    issuer.seconds += FIRST_PAUSE_S
    assert await known(reader, OLD.kid) == {OLD.kid}


async def test_requests_that_come_together_share_one_fetch() -> None:
    issuer = Issuer(OLD)
    issuer.open.clear()
    reader = issuer.reader()
    crowd = [asyncio.create_task(known(reader, OLD.kid)) for _ in range(20)]
    await asyncio.sleep(0)
    issuer.open.set()
    assert await asyncio.gather(*crowd) == [{OLD.kid}] * 20
    assert issuer.asked == 1


async def test_at_a_change_of_keys_no_token_of_the_new_key_is_refused_meanwhile() -> None:
    issuer = Issuer(OLD)
    reader = issuer.reader()
    await reader.keys(OLD.kid)
    issuer.publish(OLD, NEW)
    issuer.seconds += REFRESH_PAUSE_S
    issuer.open.clear()
    crowd = [asyncio.create_task(known(reader, NEW.kid)) for _ in range(20)]
    await asyncio.sleep(0)
    issuer.open.set()
    assert all(NEW.kid in keys for keys in await asyncio.gather(*crowd))
    assert issuer.asked == 2


async def test_one_request_at_most_waits_for_a_slow_issuer_when_the_key_is_known() -> None:
    issuer = Issuer(OLD)
    reader = issuer.reader()
    await reader.keys(OLD.kid)
    issuer.seconds += KEPT_S
    issuer.open.clear()
    slow = asyncio.create_task(known(reader, OLD.kid))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(known(reader, OLD.kid), 1) == {OLD.kid}
    assert not slow.done()
    issuer.open.set()
    assert await slow == {OLD.kid}
    assert issuer.asked == 2
