"""Many deadlines on one timer: setting and clearing one costs an entry of a set, not a timer of the loop."""

import asyncio
from abc import ABC, abstractmethod

COARSE_S = 0.05
"""How late an alarm may ring, in seconds."""


class Alarm(ABC):
    """Something to be done at a time, unless it is cleared before; subclasses say what.

    Attributes:
        when: In the loop's time.
    """

    __slots__ = ("when",)
    when: float

    @abstractmethod
    def ring(self) -> None:
        """Do it."""


class Alarms:
    """The alarms of one loop, which is the one that runs when they are first used."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._set: set[Alarm] = set()
        self._ticking = False

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop, in whose time alarms are set; looked up once, because looking it up costs a system call."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    def set(self, alarm: Alarm, when: float) -> None:
        """Ring at a time of the loop, or at most `COARSE_S` later."""
        alarm.when = when
        self._set.add(alarm)
        if not self._ticking:
            self._ticking = True
            self.loop.call_later(COARSE_S, self._tick)

    def clear(self, alarm: Alarm) -> None:
        """Do not ring; it may have rung."""
        self._set.discard(alarm)

    def _tick(self) -> None:
        now = self.loop.time()
        for alarm in [alarm for alarm in self._set if alarm.when <= now]:
            if alarm in self._set:  # an earlier one may have cleared it
                self._set.discard(alarm)
                alarm.ring()
        self._ticking = bool(self._set)
        if self._ticking:
            self.loop.call_later(COARSE_S, self._tick)
