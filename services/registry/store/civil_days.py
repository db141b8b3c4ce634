"""Civil days of Morocco in SQL, where no caller's day is at hand.

UTC+1 written out: what PostgreSQL takes `Africa/Casablanca` for depends on the time zone data it was built with, and
the wheel's says UTC+0 where Python's says UTC+1. In Ramadan, at UTC+0, the day turns an hour early here; what hangs on
it (who lives together, who acts for whom) then holds from an hour before midnight.
"""


def civil_day(instant: str) -> str:
    """Return the expression of the civil day of an instant, itself an expression of type timestamptz."""
    return f"(({instant} AT TIME ZONE 'UTC') + interval '1 hour')::date"


CIVIL_TODAY = civil_day("now()")
