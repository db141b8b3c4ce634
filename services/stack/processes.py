"""Keep a handful of processes running: started in order, restarted when they fall, drained in order.

A child ends with its launcher, even when that is killed: the operating system sees to it (see `parentage`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.stack.parentage import die_with_parent
from services.stack.probing import answers_ok

Sink = Callable[[str, str], None]
"""Takes a child's name and one line: of its output, or about it when the name is `LAUNCHER`."""

LAUNCHER = "launcher"
_LONGEST_LINE = 1 << 16
_LONGEST_SHOWN = 2_000
_POLL_S = 0.05
_LINES_KEPT = 40
_NOT_STARTED = 127


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep running.

    Attributes:
        name: Shown before each of its lines.
        command: The program and its arguments.
        environment: Its whole environment.
        ready_url: Answers 200 once the child can do its work; None when running is enough.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready_url: str | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what; times in seconds.

    Attributes:
        ready_s: For a child to become ready.
        attempts: How often a child may end before it ever was ready.
        drain_s: For a child to end after SIGTERM; then it is killed.
        first_backoff_s: Before the first restart; doubled for each further one.
        longest_backoff_s: The most between two restarts.
        steady_s: A child that ran this long begins again with the first backoff.
    """

    ready_s: float = 60.0
    attempts: int = 3
    drain_s: float = 20.0
    first_backoff_s: float = 0.5
    longest_backoff_s: float = 30.0
    steady_s: float = 60.0


class NotReadyError(RuntimeError):
    """A child did not become ready; the message ends with its last lines."""


@dataclass(slots=True)
class _Kept:
    child: Child
    process: asyncio.subprocess.Process | None = None
    task: asyncio.Task[None] | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    falls: int = 0
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES_KEPT))


class Supervisor:
    """Starts, watches and stops children.

    Args:
        sink: Takes every line the children print, and the launcher's own about them.
        patience: How long to wait for what.
    """

    def __init__(self, sink: Sink, patience: Patience | None = None) -> None:
        self._sink = sink
        self._patience = patience or Patience()
        self._kept: dict[str, _Kept] = {}

    def pid(self, name: str) -> int | None:
        """Return the process id of a running child."""
        process = self._kept[name].process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self, *children: Child) -> None:
        """Start children together and wait until all of them are ready; call again for those that come after.

        Raises:
            NotReadyError: One is not ready in time, or ends again and again. The others stay as they are: the caller
                decides, and stops them.
        """
        for child in children:
            kept = self._kept[child.name] = _Kept(child)
            kept.task = asyncio.create_task(self._keep(kept), name=child.name)
        try:
            async with asyncio.TaskGroup() as group:
                for child in children:
                    group.create_task(self._until_ready(self._kept[child.name]))
        except* NotReadyError as failures:
            raise failures.exceptions[0] from None

    async def stop(self, *names: str) -> None:
        """Stop children together and wait until they are gone; without names, all that are left."""
        chosen = [self._kept[name] for name in names or tuple(self._kept) if name in self._kept]
        for kept in chosen:
            kept.stopping.set()
        await asyncio.gather(*(self._end(kept) for kept in chosen))
        for kept in chosen:
            self._kept.pop(kept.child.name, None)

    def kill(self) -> None:
        """End everything now; for a second Ctrl-C."""
        for kept in self._kept.values():
            kept.stopping.set()
            _signal(kept, signal.SIGKILL)

    async def _until_ready(self, kept: _Kept) -> None:
        try:
            async with asyncio.timeout(self._patience.ready_s):
                while not await self._is_ready(kept):
                    if kept.falls >= self._patience.attempts:
                        raise _not_ready(kept, f"ended {kept.falls} times")
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise _not_ready(kept, f"is not ready after {self._patience.ready_s:g} s") from None

    async def _is_ready(self, kept: _Kept) -> bool:
        if kept.process is None or kept.process.returncode is not None:
            return False
        return kept.child.ready_url is None or await answers_ok(kept.child.ready_url)

    async def _keep(self, kept: _Kept) -> None:
        """Run the child until it is told to stop; restart it, ever more slowly, as often as it falls."""
        clock = asyncio.get_running_loop()
        while not kept.stopping.is_set():
            started = clock.time()
            code = await self._run(kept)
            if kept.stopping.is_set():
                break
            kept.falls = 1 if clock.time() - started >= self._patience.steady_s else kept.falls + 1
            delay = min(self._patience.first_backoff_s * 2 ** (kept.falls - 1), self._patience.longest_backoff_s)
            self._sink(LAUNCHER, f"{kept.child.name} ended ({_reason(code)}); it starts again in {delay:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(kept.stopping.wait(), delay)

    async def _run(self, kept: _Kept) -> int:
        """Start the child, pass its lines on until it closes its output, and return its exit code."""
        try:
            kept.process = process = await asyncio.create_subprocess_exec(
                *kept.child.command,
                env=dict(kept.child.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                limit=_LONGEST_LINE,
                # A session of its own: Ctrl-C reaches the launcher alone, which then stops the children in order.
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        except OSError as refusal:
            kept.last_lines.append(f"cannot be started: {refusal}")
            return _NOT_STARTED
        if kept.stopping.is_set():  # told to stop while it was being started
            _signal(kept, signal.SIGTERM)
        assert process.stdout is not None  # noqa: S101 - asked for just above
        while line := await _line(process.stdout):
            kept.last_lines.append(line)
            self._sink(kept.child.name, line)
        return await process.wait()

    async def _end(self, kept: _Kept) -> None:
        assert kept.task is not None  # noqa: S101 - set where the child was added
        _signal(kept, signal.SIGTERM)
        done, _ = await asyncio.wait({kept.task}, timeout=self._patience.drain_s)
        if not done:
            self._sink(LAUNCHER, f"{kept.child.name} did not end within {self._patience.drain_s:g} s and is killed")
            _signal(kept, signal.SIGKILL)
            await asyncio.wait({kept.task})


async def _line(stream: asyncio.StreamReader) -> str:
    """Return the next line without its end, or an empty string at the end of the stream."""
    try:
        raw = await stream.readline()
    except ValueError:
        return "(part of a very long line was left out)"
    return raw.decode(errors="replace").rstrip("\n")[:_LONGEST_SHOWN] or (" " if raw else "")


def _signal(kept: _Kept, number: signal.Signals) -> None:
    """Send a signal to the child; a kill goes to its whole session."""
    process = kept.process
    if process is None or process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        if number == signal.SIGKILL:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


def _not_ready(kept: _Kept, reason: str) -> NotReadyError:
    return NotReadyError("\n".join((f"{kept.child.name} {reason}. Its last lines:", *kept.last_lines)))


def _reason(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
