"""Where the shared buckets stand, for those who want to look and take nothing."""

from collections.abc import Mapping, Sequence

import asyncpg

_READ = "SELECT subject, policy, tat FROM limit_bucket WHERE subject = ANY($1::text[])"


async def read_standing(pool: asyncpg.Pool, subjects: Sequence[str]) -> Mapping[tuple[str, str], int]:
    """Return the theoretical arrival times (microseconds since the epoch) by subject and policy."""
    rows = await pool.fetch(_READ, list(subjects))
    return {(row["subject"], row["policy"]): row["tat"] for row in rows}
