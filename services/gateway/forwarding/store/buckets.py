"""The shared buckets: one upsert takes units, exactly, whoever else is taking."""

import asyncpg

from services.gateway.forwarding.domain.limits import Policy

_FROM = "greatest({held}, $3::bigint, $4::bigint)"
_SPARE = f"greatest(0, ($4::bigint + $6::bigint - {_FROM}) / $5::bigint)"
_TAT = f"{_FROM} + CASE WHEN {_SPARE} >= $7::bigint THEN least({_SPARE}, $8::bigint) ELSE 0 END * $5::bigint"

_TAKE = f"""
INSERT INTO limit_bucket AS bucket (subject, policy, tat) VALUES ($1, $2, {_TAT.format(held="0")})
ON CONFLICT (subject, policy) DO UPDATE SET tat = {_TAT.format(held="bucket.tat")}
RETURNING ((new.tat - {_FROM.format(held="coalesce(old.tat, 0)")}) / $5::bigint)::bigint AS taken, new.tat AS tat
"""


async def take(
    pool: asyncpg.Pool, subject: str, policy: Policy, *, least: int, most: int, known: int, now: int
) -> tuple[int, int]:
    """Take units from a shared bucket; the same as `services.gateway.forwarding.domain.limits.take`.

    Args:
        pool: The reading pool: it commits without waiting for the disk.
        subject: Whose.
        policy: Which, and its numbers.
        least: Nothing is taken where there are fewer.
        most: The most to take.
        known: The tat that this process knows; it counts where the table has been emptied, or could not be asked.
        now: Microseconds since the epoch.

    Returns:
        The units taken, and the bucket's new tat.
    """
    row = await pool.fetchrow(_TAKE, subject, policy.name, known, now, policy.interval, policy.span, least, most)
    assert row is not None  # noqa: S101  # an upsert without a condition always returns its row
    return row["taken"], row["tat"]


async def forget_whole(pool: asyncpg.Pool, *, now: int) -> None:
    """Remove the buckets that are whole again: they are as good as absent."""
    await pool.execute("DELETE FROM limit_bucket WHERE tat < $1", now)
