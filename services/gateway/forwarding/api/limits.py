"""Counts calls against limits: in this process where units are leased ahead, in the shared buckets where they are not.

The common case costs neither a database nor a task. A lease is renewed beside the calls once half of it is used; a call
waits for the database only where nothing is left. While the database cannot be asked, each process goes on by itself
with the same numbers: calls are still counted, and none fails for it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from services.gateway.forwarding.api.accounts import Account
from services.gateway.forwarding.domain.errors import LimitedError
from services.gateway.forwarding.domain.headers import Headers
from services.gateway.forwarding.domain.limits import SECOND, LimitClass, Meter, Override, Policy
from services.gateway.forwarding.domain.operations import Operation
from services.gateway.forwarding.reference.limits import BY_ADDRESS, OPEN, class_named, classes
from services.kit.logs import log

ENTRIES = 20_000
"""The most subjects that a process remembers; one that it has forgotten is asked for again."""

PATIENCE_S = 0.5
"""Longest wait for the shared bucket."""

AWAY = 1 * SECOND
"""How long the database is left in peace once it could not be asked."""

FRESH = 10 * SECOND
"""How long the overrides are believed."""

SWEEP = 600 * SECOND


class Take(Protocol):
    """Takes units from a shared bucket; see `services.gateway.forwarding.store.buckets.take`."""

    async def __call__(
        self, subject: str, policy: Policy, *, least: int, most: int, known: int, now: int
    ) -> tuple[int, int]:
        """Return the units taken and the bucket's new tat.

        Raises:
            ConnectionError: The database cannot be asked.
        """
        ...


class Counted(Protocol):
    """Whose calls are counted."""

    @property
    def client_id(self) -> str:
        """The OAuth client."""
        ...

    @property
    def organisation(self) -> str:
        """The partner whom it belongs to."""
        ...


class Limits:
    """The limits of one process.

    Args:
        take: Takes units from a shared bucket.
        overrides: Reads every override in force.
        sweep: Forgets the shared buckets that are whole.
        operations: Every published operation.

    Raises:
        ValueError: An operation belongs to no class.
    """

    def __init__(
        self,
        *,
        take: Take,
        overrides: Callable[[], Awaitable[Sequence[Override]]],
        sweep: Callable[[int], Awaitable[None]],
        operations: Iterable[Operation],
    ) -> None:
        self._take, self._read_overrides, self._sweep = take, overrides, sweep
        self._class_of = {operation.operation_id: classified(operation) for operation in operations}
        self._accounts: OrderedDict[tuple[str, str], Account] = OrderedDict()
        self._overrides: Mapping[tuple[str, str | None, str], Override] = {}
        self._stale_at = self._away_until = self._sweep_at = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def charge(self, caller: Counted, operation: Operation, at: datetime) -> Headers:
        """Count a client's call; return the header lines for its answer.

        Args:
            caller: Whose call it is.
            operation: What is called; it needs a token.
            at: The instant of the call.

        Raises:
            LimitedError: The limit is used up.
        """
        limited, cost = self._class_of[operation.operation_id]
        return await self.count(limited, caller.client_id, at, cost=cost, organisation=caller.organisation)

    async def count(
        self, limited: LimitClass, subject: str, at: datetime, *, cost: int = 1, organisation: str | None = None
    ) -> Headers:
        """Count a call of a class; return the header lines for its answer.

        Args:
            limited: The class.
            subject: Whose calls are counted.
            at: The instant of the call.
            cost: In units.
            organisation: The client's; None where the subject is no client, which no override is for.

        Raises:
            LimitedError: The limit is used up.
        """
        now = int(at.timestamp() * SECOND)
        account = self._accounts.get((limited.name, subject))
        if account is None or now >= self._stale_at:
            account = await self._ready(limited, subject, organisation, now)
        meter = account.only
        if meter is not None and meter.held >= cost:  # `Meter.spend`, written out: this is every forwarded read
            meter.held -= cost
            if not account.asking and meter.low:
                self._ahead(account, meter, now)
        else:
            await self._spend(account, cost, now)
        return account.lines(now)

    def by_address(self, operation: Operation) -> LimitClass | None:
        """Return the class in which an operation without a token is counted; None where its route counts it."""
        limited, _ = self._class_of[operation.operation_id]
        return limited if limited.by == BY_ADDRESS else None

    def expire(self) -> None:
        """Let the next call wait for the overrides as they are now, as when one has just been changed."""
        self._stale_at = 0

    async def refresh(self) -> None:
        """Read the overrides anew."""
        found = await self._read_overrides()
        self._overrides = {(one.organisation, one.client_id, one.policy): one for one in found}
        for (name, _), account in self._accounts.items():
            self._dress(account, class_named(name))

    def policy_for(self, policy: Policy, organisation: str, client_id: str | None) -> Policy:
        """Return what is in force for a client: its own numbers, else its organisation's, else the default."""
        for of in (client_id, None):
            override = self._overrides.get((organisation, of, policy.name))
            if override is not None:
                return override.laid_over(policy)
        return policy

    def held(self, limited: LimitClass, subject: str, policy: str) -> int:
        """Return the units that this process has leased for a subject and not spent: nobody has used them yet."""
        account = self._accounts.get((limited.name, subject))
        return 0 if account is None else sum(one.held for one in account.meters if one.policy.name == policy)

    async def close(self) -> None:
        """End what is done beside the calls."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- what is not the common case

    async def _ready(self, limited: LimitClass, subject: str, organisation: str | None, now: int) -> Account:
        """Return a subject's account, made where there is none; see that the overrides are read now and then."""
        first, due = self._stale_at == 0, now >= self._stale_at
        if due:
            self._stale_at = now + FRESH
            if first:
                await self._reread()
            else:
                self._beside(self._reread())
        key = (limited.name, subject)
        account = self._accounts.get(key)
        if account is None:
            account = Account(limited, subject, organisation)
            self._dress(account, limited)
            self._accounts[key] = account
            if len(self._accounts) > ENTRIES:
                self._accounts.popitem(last=False)
        return account

    def _dress(self, account: Account, limited: LimitClass) -> None:
        """Give an account the policies in force for it."""
        if account.organisation is not None:
            for meter, policy in zip(account.meters, limited.policies, strict=True):
                meter.policy = self.policy_for(policy, account.organisation, account.subject)
        account.policies = b", ".join(meter.policy.described for meter in account.meters)

    async def _reread(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.refresh()
        except Exception as error:  # noqa: BLE001  # whatever keeps the database away: what was read last stays in force
            log.warning("limit_overrides_not_read", error=type(error).__name__)

    async def _spend(self, account: Account, cost: int, now: int) -> None:
        """Spend units of every limit of an account; one that refuses leaves the others as they were."""
        spent: list[Meter] = []
        try:
            for meter in account.meters:
                await self._obtain(account, meter, cost, now)
                spent.append(meter)
        except BaseException as error:
            for meter in spent:
                meter.held += cost
            if isinstance(error, LimitedError):
                error.lines = account.lines(now)
            raise

    async def _obtain(self, account: Account, meter: Meter, cost: int, now: int) -> None:
        """Spend units of one limit, leased now where too few are held.

        Raises:
            LimitedError: They cannot be had.
        """
        if meter.spend(cost):
            return
        if meter.wait(cost, now):
            raise account.limited(meter, cost, now)
        async with account.lock:
            while not meter.spend(cost):
                if meter.wait(cost, now):
                    raise account.limited(meter, cost, now)
                need = cost - meter.held
                await self._lease(account, meter, least=need, most=need + meter.policy.ahead, now=now)

    def _ahead(self, account: Account, meter: Meter, now: int) -> None:
        """Begin to lease more beside the calls, if there may be any."""
        if meter.wait(meter.held + 1, now) == 0:
            account.asking = True
            self._beside(self._renew(account, meter, now))

    async def _renew(self, account: Account, meter: Meter, now: int) -> None:
        try:
            async with account.lock:
                if meter.low:
                    await self._lease(account, meter, least=1, most=meter.policy.ahead - meter.held, now=now)
        finally:
            account.asking = False

    async def _lease(self, account: Account, meter: Meter, *, least: int, most: int, now: int) -> None:
        """Lease units from the shared bucket, or from this process's own idea of it while that cannot be asked."""
        if now >= self._away_until:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    units, tat = await self._take(
                        account.subject, meter.policy, least=least, most=most, known=meter.tat, now=now
                    )
            except Exception as error:  # noqa: BLE001  # whatever keeps the database away must not fail the call
                self._away_until = now + AWAY
                log.warning("limits_counted_alone", error=type(error).__name__)
            else:
                meter.lease(units, tat)
                if now >= self._sweep_at:
                    self._sweep_at = now + SWEEP
                    self._beside(self._swept(now))
                return
        meter.take_alone(least=least, most=most, now=now)

    async def _swept(self, now: int) -> None:
        try:
            await self._sweep(now)
        except Exception as error:  # noqa: BLE001  # as above; the next one will do
            log.warning("limit_buckets_not_swept", error=type(error).__name__)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def classified(operation: Operation) -> tuple[LimitClass, int]:
    """Return the class of an operation and what one call costs.

    Raises:
        ValueError: It belongs to none.
    """
    scopes: frozenset[str] = frozenset().union(*operation.scopes)
    for limited in classes():
        # what needs no token is in the class that names it, or in the one for all such
        if operation.scopes or operation.operation_id in limited.operations:
            cost = limited.cost_of(operation.operation_id, scopes, operation.method)
            if cost is not None:
                return limited, cost
    if not operation.scopes:
        return class_named(OPEN), 1
    raise ValueError(f"{operation.operation_id}: no class of reference/limits.yaml")
