"""Checkpoints: the root of a tree as a signed note that anybody can keep and check.

Source: C2SP tlog-checkpoint and signed-note (c2sp.org): origin, size, root in base64, one extension line with the
time; then a line for each signature, Ed25519 over everything before the empty line.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_HASH_BYTES = 4
_NOTE = re.compile(
    r"(?P<text>(?P<origin>[^\s+]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"time (?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)\n)\n(?P<signatures>(?:\u2014 [^\n]+\n)+)"
)
_SIGNATURE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)")
_KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")
_LONGEST_NOTE = 10_000


class NoteRefusedError(ValueError):
    """A note is not a checkpoint, or none of the known keys has signed it."""


class KeyRefusedError(ValueError):
    """A verifier key is not one."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note says: that the first `size` rows of `origin` have this root.

    Attributes:
        root: 32 bytes.
        at: When it was signed, whole seconds, UTC.
    """

    origin: str
    size: int
    root: bytes
    at: datetime

    def text(self) -> str:
        """Return the part of the note that is signed."""
        at = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\ntime {at}\n"


def origin_of(store: str) -> str:
    """Return the name under which a store's checkpoints are signed."""
    return f"indimaj/{store}"


class Signer:
    """Signs the checkpoints of one store.

    Args:
        store: Its name.
        seed: The Ed25519 private key, 32 bytes.
    """

    def __init__(self, store: str, seed: bytes) -> None:
        self.origin = origin_of(store)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._key.public_key().public_bytes_raw()

    @property
    def verifier_key(self) -> str:
        """The key that others check signatures with: `name+hash+base64`."""
        name_hash = _key_hash(self.origin, self._public)
        return f"{self.origin}+{name_hash.hex()}+{base64.b64encode(_ED25519 + self._public).decode()}"

    def sign(self, size: int, root: bytes, *, at: datetime) -> str:
        """Return a signed checkpoint as a note."""
        text = Checkpoint(self.origin, size, root, at).text()
        signature = _key_hash(self.origin, self._public) + self._key.sign(text.encode())
        return f"{text}\n\u2014 {self.origin} {base64.b64encode(signature).decode()}\n"


class Verifier:
    """Checks the checkpoints of one store against one key.

    Args:
        key: A verifier key, `name+hash+base64`.

    Raises:
        KeyRefusedError: It is not one.
    """

    def __init__(self, key: str) -> None:
        match = _KEY.fullmatch(key.strip())
        decoded = _decoded(match[3]) if match else None
        if match is None or decoded is None or decoded[:1] != _ED25519:
            raise KeyRefusedError("a verifier key reads name+hash+base64")
        self.origin, public = match[1], decoded[1:]
        self._hash = _key_hash(self.origin, public)
        if self._hash.hex() != match[2]:
            raise KeyRefusedError("the verifier key's hash does not fit its name and its bytes")
        try:
            self._key = Ed25519PublicKey.from_public_bytes(public)
        except ValueError:
            raise KeyRefusedError("the verifier key does not hold an Ed25519 key") from None

    def open(self, note: str) -> Checkpoint:
        """Return the checkpoint that a note holds, having checked who signed it.

        Raises:
            NoteRefusedError: It is not a checkpoint of this origin under this key.
        """
        match = _NOTE.fullmatch(note) if len(note) <= _LONGEST_NOTE else None
        if match is None or match["origin"] != self.origin:
            raise NoteRefusedError("not a checkpoint of this store")
        if not any(self._signed(match["text"], line) for line in match["signatures"].splitlines()):
            raise NoteRefusedError("not signed by the known key")
        try:
            at = datetime.strptime(match["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise NoteRefusedError("not a checkpoint of this store") from None
        return Checkpoint(match["origin"], int(match["size"]), base64.b64decode(match["root"]), at)

    def _signed(self, text: str, line: str) -> bool:
        match = _SIGNATURE.fullmatch(line)
        signature = _decoded(match[2]) if match else None
        if match is None or signature is None or match[1] != self.origin or signature[:_HASH_BYTES] != self._hash:
            return False
        try:
            self._key.verify(signature[_HASH_BYTES:], text.encode())
        except InvalidSignature:
            return False
        return True


def notes_in(text: str) -> list[str]:
    """Return the notes that a file of checkpoints holds, one behind the other, whatever stands between them."""
    return [match[0] for match in _NOTE.finditer(text)]


def _key_hash(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_HASH_BYTES]


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
