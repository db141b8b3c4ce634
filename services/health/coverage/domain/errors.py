"""What the area refuses. No refusal here is a refusal of care."""


class FactsUnavailableError(Exception):
    """Nothing is known of the person yet: neither sent along nor received by the feed."""


class UnknownSchemeError(Exception):
    """A scheme that no rule row names.

    Attributes:
        pointer: Where the code stands in the request.
        code: Stable code of the fault.
    """

    pointer = "/scheme"
    code = "unknown_scheme"


class UnknownHeadSchemeError(UnknownSchemeError):
    """The same, for the scheme that covers the head of the family."""

    pointer = "/declared/head_scheme"


class FactsOfAnotherPersonError(Exception):
    """The facts sent along are not those of the person asked about."""

    pointer = "/facts/person_id"
    code = "person_mismatch"


class DeterminationNotFoundError(Exception):
    """No such determination."""


class AlreadyConfirmedError(Exception):
    """A human has confirmed this determination before; the first confirmation stands."""


class NothingToConfirmError(Exception):
    """Only a yes or a no under a coverage scheme can be confirmed; the rest is still open, or open to everyone."""


class UnknownRuleSetError(Exception):
    """A determination pins a rule set that the store does not hold."""


class ReplayDiffersError(Exception):
    """The same facts and the same rules gave another answer: the programme's own fault, to be looked into.

    Attributes:
        extensions: The names of the members that differ; no values.
    """

    def __init__(self, differing: tuple[str, ...]) -> None:
        super().__init__()
        self.extensions = {"differing": list(differing)}


class RulesInvalidError(Exception):
    """A rule set that must not be loaded; the message says which row and why."""
