"""Proofs of possession at the door: what forwarding asks for, access checks."""

from datetime import datetime

from services.gateway.access.domain.errors import ProofRefusedError
from services.gateway.access.operations.check_dpop import check_dpop
from services.gateway.forwarding.api.passports import Admitted, Prove
from services.gateway.forwarding.domain.errors import ProofInvalidError
from services.gateway.forwarding.domain.gates import token_of
from services.kit.database import Database


def prover(database: Database, base_url: str) -> Prove:
    """Return what checks a proof against the request that it came with.

    Args:
        database: Remembers which proofs have been used, for all processes.
        base_url: The API's own, as partners write it: proofs are made for addresses below it.
    """

    async def prove(  # noqa: PLR0917  # the shape of `passports.Prove`
        bearer: Admitted, authorization: bytes, proof: bytes | None, method: str, raw_path: bytes, at: datetime
    ) -> None:
        try:
            async with database.sessions.begin() as session:
                await check_dpop(
                    session,
                    (proof or b"").decode("latin-1"),
                    method=method,
                    url=base_url + raw_path.decode("ascii"),
                    at=at,
                    token=token_of(authorization),
                    jkt=bearer.confirmation,
                )
        except ProofRefusedError:
            raise ProofInvalidError from None

    return prove
