"""Hashes of passwords: argon2id in threads of its own, a few at a time, never on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2
from argon2.exceptions import Argon2Error, InvalidHashError
from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # no stubs

AT_ONCE = 2
MOST_WAITING = 32
_JUDGED = 72  # zxcvbn takes long over long passwords, which are strong anyway
_DUMMY = "no such account"
Answer = TypeVar("Answer")


class HashingBusyError(ConnectionError):
    """So many passwords wait to be hashed that another would wait too long."""


class Hashing:
    """Hashes and compares passwords; 64 MiB and some 100 ms each, so that two run at once and a few more wait.

    Args:
        hasher: With the parameters of now; RFC 9106's low-memory profile by default.
    """

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Return the hash of a password, its parameters and salt in it.

        Raises:
            HashingBusyError: Too many are waiting.
        """
        return await self._in_thread(lambda: self._hasher.hash(password))

    async def matches(self, password: str, hashed: str | None) -> bool:
        """Say whether a password is the one that was hashed; where there is none, say no just as slowly.

        Raises:
            HashingBusyError: Too many are waiting.
        """
        return await self._in_thread(lambda: self._compare(password, hashed))

    def outdated(self, hashed: str) -> bool:
        """Say whether a hash was made under other parameters than those of now."""
        return self._hasher.check_needs_rehash(hashed)

    async def strength(self, password: str) -> int:
        """Return how hard a password is to guess, 0 to 4.

        Raises:
            HashingBusyError: Too many are waiting.
        """
        judged = password[:_JUDGED]
        return await self._in_thread(lambda: int(zxcvbn(judged)["score"]) if judged else 0)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _compare(self, password: str, hashed: str | None) -> bool:
        if self._nobody is None:  # made for everybody, so that the first unknown name takes no longer than others
            self._nobody = self._hasher.hash(_DUMMY)
        try:
            self._hasher.verify(hashed or self._nobody, password)
        except (Argon2Error, InvalidHashError):
            return False
        return hashed is not None

    async def _in_thread(self, work: Callable[[], Answer]) -> Answer:
        if self._waiting >= MOST_WAITING:
            raise HashingBusyError("too many passwords wait to be hashed")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
