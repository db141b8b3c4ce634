"""How much the gateway takes on at once: beyond it a call is refused at once, which is kinder than a late failure."""

from services.gateway.forwarding.domain.errors import OverloadedError

CALLS = 2048
"""The most calls under way, over all services and the gateway's own operations."""

CALLS_OF_ONE = 1024
"""The most of them at one target; what a service takes at once is bounded far below, by its guard."""

BYTES = 128 * 1024 * 1024
"""The most bytes of request bodies held in memory at once."""


class Load:
    """What is under way.

    Args:
        calls: The most calls at once.
        of_one: The most at one target.
        room: The most bytes of bodies.
    """

    __slots__ = ("_bytes", "_calls", "_most", "_most_of_one", "_of_one", "_room")

    def __init__(self, *, calls: int = CALLS, of_one: int = CALLS_OF_ONE, room: int = BYTES) -> None:
        self._most, self._most_of_one, self._room = calls, of_one, room
        self._calls = self._bytes = 0
        self._of_one: dict[str, int] = {}

    def enter(self, target: str, size: int = 0) -> None:
        """Take a call on.

        Args:
            target: Whom it is for.
            size: The most bytes that its body will hold in memory.

        Raises:
            OverloadedError: Too much is under way; nothing was taken on.
        """
        of_one = self._of_one.get(target, 0)
        if self._calls >= self._most or of_one >= self._most_of_one or self._bytes + size > self._room:
            raise OverloadedError
        self._calls += 1
        self._of_one[target] = of_one + 1
        self._bytes += size

    def leave(self, target: str, size: int = 0) -> None:
        """Note that a call is over; the same arguments as when it came."""
        self._calls -= 1
        self._of_one[target] -= 1
        self._bytes -= size
