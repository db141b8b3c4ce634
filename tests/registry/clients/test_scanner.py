"""The scanner: a verdict or none, never a guess."""

import pytest

from services.registry.clients.scanner import Clamd, ScannerUnavailableError
from tests.registry.clients.clamd import INFECTED, running
from tests.registry.clients.test_blobs import parts_of


async def test_the_daemon_is_shown_everything_and_believed() -> None:
    async with running() as daemon:
        scanner = Clamd(daemon.address)
        assert await scanner.clean(parts_of(b"a" * 120_000))
        assert not await scanner.clean(parts_of(b"b" * 60_000 + INFECTED))
        assert [len(content) for content in daemon.seen] == [120_000, 60_000 + len(INFECTED)]


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK or so"])
async def test_an_answer_that_is_no_verdict_is_no_verdict(answer: bytes) -> None:
    async with running(answer) as daemon:
        with pytest.raises(ScannerUnavailableError):
            await Clamd(daemon.address).clean(parts_of(b"a"))


async def test_a_daemon_that_is_away_is_told_so() -> None:
    with pytest.raises(ScannerUnavailableError):
        await Clamd("127.0.0.1:9").clean(parts_of(b"a"))
