"""The blob store: whole or not at all, sealed, and nothing out of another's place."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.registry.clients.blobs import BlobMissingError, Blobs, BlobStoreUnavailableError, open_blobs
from services.registry.clients.sealed_blobs import FRAME, BlobDamagedError, SealedBlobs

KEY = bytes(32)


async def parts_of(content: bytes, size: int = 50_000) -> AsyncIterator[bytes]:
    for first in range(0, len(content), size):
        yield content[first : first + size]


async def read(blobs: Blobs, key: str) -> bytes:
    return b"".join([part async for part in blobs.read(key)])


@pytest.fixture
def plain(tmp_path: Path) -> Blobs:
    return open_blobs(str(tmp_path / "blobs"))


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 6_000_000])
async def test_what_was_sealed_comes_back_as_it_was(plain: Blobs, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    sealed = SealedBlobs(plain, KEY)
    await sealed.put("documents/1", parts_of(content))
    assert await read(sealed, "documents/1") == content
    lying = await read(plain, "documents/1")
    assert len(lying) > len(content)
    assert size < 300 or content[:200] not in lying


async def test_a_changed_cut_moved_or_foreign_object_is_never_given_out(plain: Blobs) -> None:
    sealed = SealedBlobs(plain, KEY)
    await sealed.put("documents/1", parts_of(b"passport" * FRAME))
    lying = await read(plain, "documents/1")
    frame = FRAME + 16
    swapped = lying[:16] + lying[16 + frame : 16 + 2 * frame] + lying[16 : 16 + frame] + lying[16 + 2 * frame :]
    for name, damaged in {
        "changed": lying[:-1] + bytes([lying[-1] ^ 1]),
        "cut in a frame": lying[:-100],
        "cut between frames": lying[: 16 + frame],
        "swapped": swapped,
        "headless": lying[:10],
        "nothing": b"x",
    }.items():
        await plain.put("documents/1", parts_of(damaged))
        with pytest.raises(BlobDamagedError):
            await read(sealed, "documents/1")
        assert name
    await plain.put("documents/2", parts_of(lying))
    with pytest.raises(BlobDamagedError):
        await read(sealed, "documents/2")
    await plain.put("documents/1", parts_of(lying))
    with pytest.raises(BlobDamagedError):
        await read(SealedBlobs(plain, b"1" * 32), "documents/1")
    assert await read(sealed, "documents/1") == b"passport" * FRAME


async def test_an_upload_that_breaks_off_leaves_nothing(plain: Blobs) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 6_000_000
        raise RuntimeError("the sender went away")

    sealed = SealedBlobs(plain, KEY)
    with pytest.raises(RuntimeError):
        await sealed.put("documents/1", broken())
    assert [key async for key in sealed.keys("documents")] == []


async def test_deleting_twice_is_deleting_and_reading_the_deleted_says_so(plain: Blobs) -> None:
    sealed = SealedBlobs(plain, KEY)
    await sealed.put("documents/1", parts_of(b"x"))
    await sealed.put("erasures/1", parts_of(b"y"))
    assert [key async for key in sealed.keys("erasures")] == ["erasures/1"]
    await sealed.delete("documents/1")
    await sealed.delete("documents/1")
    with pytest.raises(BlobMissingError):
        await read(sealed, "documents/1")


async def test_a_store_that_cannot_be_written_is_told_as_unavailable(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    blobs = open_blobs(str(tmp_path / "taken" / "blobs"))
    with pytest.raises(BlobStoreUnavailableError):
        await blobs.put("documents/1", parts_of(b"x"))
    with pytest.raises(BlobStoreUnavailableError):
        await read(blobs, "documents/1")
    with pytest.raises(BlobStoreUnavailableError):
        await blobs.delete("documents/1")
    with pytest.raises(BlobStoreUnavailableError):
        _ = [key async for key in blobs.keys("documents")]


async def test_an_address_that_is_neither_folder_nor_bucket_is_refused_at_once() -> None:
    for url in ("", "ftp://host/x", "s3://"):
        with pytest.raises(ValueError, match="folder"):
            open_blobs(url)
    with pytest.raises(BlobStoreUnavailableError):
        await open_blobs("s3://bucket/prefix").put("documents/1", parts_of(b"x"))
