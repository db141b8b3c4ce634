"""Calls that the gateway makes itself, for its compositions: small bodies, whole answers, over the same connections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.gateway.forwarding.clients.upstream import Call, Upstream, UpstreamProtocolError

LARGEST_ANSWER = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer.

    Attributes:
        headers: Names in lower case.
    """

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


class ServiceCalls:
    """Asks services and returns whole answers.

    Args:
        upstreams: By service, with its base URL.
    """

    def __init__(self, upstreams: Mapping[str, tuple[bytes, Upstream]]) -> None:
        self._upstreams = upstreams

    async def ask(
        self,
        service: str,
        method: str,
        target: str,
        *,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes | None = None,
        deadline_s: float,
    ) -> Reply:
        """Return a service's answer.

        Args:
            service: Name of the service.
            method: Upper case.
            target: Path and query, ASCII, escaped where needed.
            headers: Names in lower case, the token among them.
            body: The whole body, if any.
            deadline_s: Seconds until the head of the answer must be here.

        Raises:
            ConnectionError: The service is out of reach, too slow, or does not speak HTTP.
        """
        call = Call(method.encode("ascii"), target.encode("ascii"), headers, body, None, deadline_s)
        answer = await self._upstreams[service][1].send(call)
        try:
            received = answer.body
            if received is None:
                received = b""
                async for chunk in answer.chunks():
                    received += chunk
                    if len(received) > LARGEST_ANSWER:
                        raise UpstreamProtocolError
        finally:
            await answer.release()
        return Reply(answer.status, [(name.lower(), value) for name, value in answer.headers], received)
