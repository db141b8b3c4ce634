"""The signing keys in force, held ready by one process and looked at again every minute."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.gateway.access.domain.records import KeyState, KeyUse, StoredKey
from services.gateway.access.store.sealing import Seal
from services.kit.tokens import SigningKey, key_set

FRESH_S = 60.0
AGAIN_S = 5.0
"""A token of a key that nobody has seen makes us look again, but not more often: forged ones cost nothing."""


class Keyring:
    """Keys by use.

    Args:
        load: Returns every stored key, having made those that were missing; `ensure_signing_keys` in a transaction.
        seal: Opens the private parts.
        now: The clock.
        on_change: Called when the keys are no longer those of before: what was verified with them is to be forgotten.
    """

    def __init__(
        self,
        load: Callable[[datetime], Awaitable[Sequence[StoredKey]]],
        seal: Seal,
        now: Callable[[], datetime],
        on_change: Callable[[], None],
    ) -> None:
        self._stored_keys, self._seal, self._now, self._on_change = load, seal, now, on_change
        self._lock = asyncio.Lock()
        self._stored: Sequence[StoredKey] = ()
        self._current: dict[KeyUse, SigningKey] = {}
        self._public: dict[KeyUse, Any] = {}
        self._loaded_at = float("-inf")

    async def current(self, use: KeyUse) -> SigningKey:
        """Return the key that signs for a use."""
        await self._refresh()
        return self._current[use]

    async def published(self, use: KeyUse) -> Mapping[str, Any]:
        """Return the JWKS of a use: the keys to come, in use, and retired ones whose tokens may still live."""
        await self._refresh()
        return {"keys": [dict(key.public_jwk) for key in self._stored if key.use is use]}

    async def public(self, use: KeyUse, kid: str | None = None) -> Any:
        """Return the same as a `services.kit.tokens.key_set`, ready to verify with.

        Args:
            use: What the keys sign.
            kid: A key that should be among them: another process may have taken one up a moment ago.
        """
        await self._refresh()
        if kid is not None and all(key.kid != kid for key in self._stored):
            await self._refresh(AGAIN_S)
        return self._public[use]

    async def _refresh(self, fresh_s: float = FRESH_S) -> None:
        """Look again after a minute; where the store does not answer, the keys already held stay in use."""
        if self._fresh(fresh_s):
            return
        async with self._lock:
            if self._fresh(fresh_s):
                return
            try:
                await self._load()
            except Exception:
                if not self._current:
                    raise
                self._loaded_at = self._now().timestamp()

    def _fresh(self, fresh_s: float) -> bool:
        return 0 <= self._now().timestamp() - self._loaded_at < fresh_s

    async def _load(self) -> None:
        at = self._now()
        stored = await self._stored_keys(at)
        if [(key.kid, key.state) for key in stored] != [(key.kid, key.state) for key in self._stored]:
            self._current = {
                key.use: SigningKey.from_pem(key.kid, self._seal.unwrap(key.kid, key.use, key.sealed))
                for key in stored
                if key.state is KeyState.CURRENT
            }
            self._public = {
                use: key_set({"keys": [dict(key.public_jwk) for key in stored if key.use is use]}) for use in KeyUse
            }
            self._stored = stored
            self._on_change()
        self._loaded_at = at.timestamp()


class KeySourceOf:
    """The keys of one use, as `TokenVerifier` wants them."""

    def __init__(self, keyring: Keyring, use: KeyUse) -> None:
        self._keyring, self._use = keyring, use

    async def keys(self, kid: str | None) -> Any:
        """Return the keys in force."""
        return await self._keyring.public(self._use, kid)
