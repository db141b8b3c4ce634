"""What reading the trail refuses."""


class LogClosedError(Exception):
    """The caller may not see this person, so not who used her data either."""
