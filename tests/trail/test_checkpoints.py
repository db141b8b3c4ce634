"""Checkpoints as C2SP signed notes, and leaves as anybody would compute them."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.trail.checkpoints import (
    Checkpoint,
    KeyRefusedError,
    NoteRefusedError,
    Signer,
    Verifier,
    notes_in,
    origin_of,
)
from services.trail.leaves import Row, canonical, document, instant, leaf
from tests.trail import oracle

SEED = bytes(range(32))
AT = datetime(2026, 11, 23, 18, 0, 5, 999_999, tzinfo=UTC)
ROOT = sha256(b"root").digest()
SIGNER = Signer("registry", SEED)
NOTE = SIGNER.sign(7, ROOT, at=AT)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ROW = Row(
    UUID("0198c0de-0000-7000-8000-000000000001"), AT, "read_person", "ok", "s", "c", "o", None, ("p1", "p2"), "r-1"
)


def test_a_note_reads_as_the_standard_says() -> None:
    origin, size, root, time, empty, signature, end = NOTE.split("\n")
    assert (origin, size, root) == ("indimaj/registry", "7", base64.b64encode(ROOT).decode())
    assert (time, empty, end) == ("time 2026-11-23T18:00:05Z", "", "")
    dash, name, encoded = signature.split(" ")
    assert (dash, name) == ("\u2014", origin)
    decoded = base64.b64decode(encoded)
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key()
    assert decoded[:4] == sha256(b"indimaj/registry\n\x01" + public.public_bytes_raw()).digest()[:4]
    public.verify(decoded[4:], NOTE.partition("\n\n")[0].encode() + b"\n")
    assert SIGNER.verifier_key == "+".join(
        (origin, decoded[:4].hex(), base64.b64encode(b"\x01" + public.public_bytes_raw()).decode())
    )


def test_a_note_gives_back_what_was_signed() -> None:
    opened = Verifier(SIGNER.verifier_key).open(NOTE)
    assert opened == Checkpoint(origin_of("registry"), 7, ROOT, AT.replace(microsecond=0))
    assert NOTE.startswith(opened.text())


def test_a_note_with_more_signatures_is_good_with_one_of_ours() -> None:
    witnessed = NOTE + "\u2014 witness.example AAAA\n"
    assert Verifier(SIGNER.verifier_key).open(witnessed).size == 7


@pytest.mark.parametrize(
    "note",
    [
        "",
        NOTE[:-1],
        NOTE.replace("\n7\n", "\n8\n"),
        NOTE.replace("\n7\n", "\n07\n"),
        NOTE.replace("18:00:05", "18:00:06"),
        NOTE.replace("registry", "training"),
        NOTE.replace("\u2014 indimaj/registry ", "\u2014 indimaj/registry AAAA"),
        NOTE.replace("\u2014 indimaj/registry ", "\u2014 indimaj/registry ="),
        NOTE.replace("\u2014 indimaj/registry ", "\u2014 indimaj/registry"),
        NOTE.partition("\u2014")[0] + "\u2014 somebody " + NOTE.rpartition(" ")[2],
        Signer("training", SEED).sign(7, ROOT, at=AT),
        Signer("registry", SEED[::-1]).sign(7, ROOT, at=AT),
        NOTE + "\u2014 a b\n" * 3000,
    ],
)
def test_a_note_that_was_touched_is_refused(note: str) -> None:
    with pytest.raises(NoteRefusedError):
        Verifier(SIGNER.verifier_key).open(note)


def test_a_signed_time_that_is_none_is_refused() -> None:
    text = NOTE.partition("\n\n")[0].replace("18:00:05", "25:00:05") + "\n"
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    hint = bytes.fromhex(SIGNER.verifier_key.split("+")[1])
    signature = base64.b64encode(hint + key.sign(text.encode())).decode()
    with pytest.raises(NoteRefusedError):
        Verifier(SIGNER.verifier_key).open(f"{text}\n\u2014 {SIGNER.origin} {signature}\n")


def test_a_file_of_notes_is_read_whatever_stands_between() -> None:
    other = Signer("training", SEED).sign(3, ROOT, at=AT)
    assert notes_in(f"# Register of the ministry\n\n{NOTE}\nand\n{other}") == [NOTE, other]
    assert notes_in("nothing") == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        "indimaj/registry",
        SIGNER.verifier_key.replace("registry", "training"),
        SIGNER.verifier_key[:-2] + "!!",
        SIGNER.verifier_key[:-1],
        "a+00000000+" + base64.b64encode(b"\x02" + bytes(32)).decode(),
        "a+" + sha256(b"a\n\x01short").digest()[:4].hex() + "+" + base64.b64encode(b"\x01short").decode(),
    ],
)
def test_what_is_no_verifier_key_is_refused(key: str) -> None:
    with pytest.raises(KeyRefusedError):
        Verifier(key)


def test_a_row_is_sealed_whole_and_at_its_place() -> None:
    assert canonical(document(ROW, 5)) == (
        b'{"action":"read_person","at":"2026-11-23T18:00:05.999999Z","client_id":"c",'
        b'"id":"0198c0de-0000-7000-8000-000000000001","organisation":"o","outcome":"ok","persons":["p1","p2"],'
        b'"purpose":null,"request_id":"r-1","seq":5,"subject":"s"}'
    )
    assert leaf(ROW, 5) != leaf(ROW, 6)
    assert set(Row.__slots__) | {"seq"} == set(document(ROW, 0))


def test_an_instant_is_written_in_one_way() -> None:
    assert instant(AT.replace(microsecond=0).astimezone(timezone(timedelta(hours=1)))) == "2026-11-23T18:00:05.000000Z"


@given(TEXTS, TEXTS | st.none(), st.lists(TEXTS, max_size=3), st.integers(0, 2**53 - 1))
def test_a_leaf_is_what_another_program_computes(text: str, purpose: str | None, persons: list[str], seq: int) -> None:
    row = Row(ROW.id, AT, text, "ok", "s", "c", "o", purpose, tuple(persons), "r")
    assert leaf(row, seq).hex() == oracle.leaf_of(dict(document(row, seq)))


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    spoken = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f"  # the RFC's own example, section 3.2.2
    assert canonical({"b": spoken, "a": None}) == '{"a":null,"b":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
    with pytest.raises(UnicodeEncodeError):
        canonical({"a": "\ud800"})
