"""`Idempotency-Key` on POST: one effect however often a request is sent, and the first answer again.

The key is claimed under a transaction-scoped advisory lock and stored with the answer in the transaction of the
effect: either both are there or neither. Answers lie sealed: some hold a secret that is shown this once, many hold
personal data. Source: IETF draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, func, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from services.kit import problems
from services.kit.problems import FieldError, Problem

KEPT = timedelta(hours=24)
MOST_AT_ONCE = 10_000
LONGEST_KEY = 255
_KEPT_HEADERS = ("location", "etag", "content-type")
_NONCE = 12


def table(metadata: MetaData) -> Table:
    """Return the table of claimed keys of a store."""
    return Table(
        "idempotency_key",
        metadata,
        Column("client_id", Text, primary_key=True),
        Column("operation", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("status", Integer, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
    )


_KEYS = table(MetaData())


class ReplayError(Exception):
    """Not a failure: the answer is already known and is given again.

    Attributes:
        response: The first answer.
    """

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class AnswerSeal:
    """Seals kept answers with AES-256-GCM, each bound to its client, operation and key.

    Args:
        key: 32 bytes, kept outside the database.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, answer: bytes, name: tuple[str, str, str]) -> bytes:
        """Return nonce and ciphertext."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, answer, repr(name).encode())

    def open(self, sealed: bytes, name: tuple[str, str, str]) -> bytes:
        """Return the answer.

        Raises:
            InvalidTag: It was sealed under another key, or for another request.
        """
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], repr(name).encode())


@dataclass
class Claim:
    """One request's claim on its key.

    Args:
        operation: The route's operationId together with the path asked for.
        key: The header's value.
        body: The request's body.
        seal: Seals the answer.
    """

    operation: str
    key: str
    body: bytes
    seal: AnswerSeal
    client_id: str = field(default="", init=False)
    claimed: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if not 0 < len(self.key) <= LONGEST_KEY or not self.key.isprintable():
            error = FieldError("Idempotency-Key", "idempotency_key_format", "Give 1 to 255 printable characters")
            raise Problem(problems.BAD_REQUEST, [error])

    async def begin(self, session: AsyncSession, *, client_id: str) -> None:
        """Claim the key in the request's transaction.

        Raises:
            ReplayError: The key was used for this request; it carries the first answer.
            Problem: 409 while the first request runs, or where its answer was sealed under a key that is gone; 422
                when the key was used for another body.
        """
        self.client_id = client_id
        lock = int.from_bytes(hashlib.sha256(repr(self._name).encode()).digest()[:8], "big", signed=True)
        free = await session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": lock})
        if not free:
            raise Problem(problems.IDEMPOTENCY_IN_PROGRESS, headers={"retry-after": "1"})
        client_id, operation, key = self._name
        row = (
            await session.execute(
                select(_KEYS.c.fingerprint, _KEYS.c.status, _KEYS.c.headers, _KEYS.c.body).where(
                    _KEYS.c.client_id == client_id, _KEYS.c.operation == operation, _KEYS.c.key == key
                )
            )
        ).one_or_none()
        if row is None:
            self.claimed = True
            return
        if row.fingerprint != self._fingerprint:
            raise Problem(problems.IDEMPOTENCY_MISMATCH)
        try:
            answer = self.seal.open(row.body, self._name)
        except InvalidTag:
            raise Problem(problems.CONFLICT) from None
        raise ReplayError(Response(answer, row.status, {**row.headers, "idempotent-replayed": "true"}))

    async def keep(self, session: AsyncSession, response: Response) -> None:
        """Store the answer beside the effect."""
        client_id, operation, key = self._name
        await session.execute(
            insert(_KEYS).values(
                client_id=client_id,
                operation=operation,
                key=key,
                fingerprint=self._fingerprint,
                status=response.status_code,
                headers={name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
                body=self.seal.close(bytes(response.body), self._name),
            )
        )

    @property
    def _name(self) -> tuple[str, str, str]:
        return self.client_id, self.operation, self.key

    @property
    def _fingerprint(self) -> bytes:
        return hashlib.sha256(self.body).digest()


async def forget_old(session: AsyncSession) -> int:
    """Delete keys older than a day, at most 10,000 of them so that no statement takes long; return how many."""
    result = await session.execute(
        text(
            "WITH gone AS (DELETE FROM idempotency_key WHERE ctid = ANY(ARRAY(SELECT ctid FROM idempotency_key"
            " WHERE created_at < now() - CAST(:kept AS interval) LIMIT :most)) RETURNING 1) SELECT count(*) FROM gone"
        ),
        {"kept": KEPT, "most": MOST_AT_ONCE},
    )
    return int(result.scalar_one())
