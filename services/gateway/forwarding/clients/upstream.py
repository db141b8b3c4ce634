"""What the data plane and the compositions need of a connection to a service, whatever stands behind it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class UpstreamError(ConnectionError):
    """A service could not be reached or did not answer as HTTP says. Carries nothing of the call.

    Attributes:
        retry_after_s: When it is worth asking again, where a caller is told.
    """

    retry_after_s = 1


class UpstreamUnavailableError(UpstreamError):
    """No connection could be had, or it was lost before the answer began."""


class UpstreamOpenError(UpstreamUnavailableError):
    """The service has failed so often just now that it is left in peace for a while.

    Attributes:
        retry_after_s: Whole seconds until it is tried again.
    """

    def __init__(self, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class UpstreamBusyError(UpstreamError):
    """Every connection is in use and too many calls wait already."""


class UpstreamTimeoutError(UpstreamError):
    """The service did not answer, or stopped answering, within the time given."""


class UpstreamProtocolError(UpstreamError):
    """What came back is not HTTP, or is beyond its limits, or ended early."""


@dataclass(slots=True)
class Call:
    """One request to a service.

    Attributes:
        method: Upper case, such as b"GET".
        target: Raw path and query, as bytes that were checked by the matcher.
        headers: Names in lower case; framing headers (`host`, `content-length`, `transfer-encoding`) are not among
            them: the upstream writes those.
        body: The whole body, or chunks of it, or None.
        length: Bytes of a chunked body where known beforehand; None sends it chunked.
        deadline_s: Seconds until the head of the answer must be here.
    """

    method: bytes
    target: bytes
    headers: Sequence[tuple[bytes, bytes]] = field(default_factory=tuple)
    body: bytes | AsyncIterator[bytes] | None = None
    length: int | None = None
    deadline_s: float = 15.0


class Answer(Protocol):
    """An answer whose head has come.

    Attributes:
        status: Final status, 200-599.
        headers: As they came.
        body: The whole body if it came together with the head, else None: then read `chunks()`.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes | None

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes.

        Raises:
            UpstreamError: It stopped before its end.
        """
        ...

    async def release(self) -> None:
        """Let go of the answer; a body not read to its end costs the connection. May be called twice."""
        ...


class Upstream(Protocol):
    """The client side of one service."""

    async def send(self, call: Call) -> Answer:
        """Send a request and return when the head of the answer is here.

        Cancelling it drops the connection.

        Raises:
            UpstreamError: There will be no answer.
        """
        ...

    async def close(self) -> None:
        """Close all connections; calls under way fail."""
        ...
