"""What the register refuses, in its own words. `api/problems.py` says which problem each becomes."""

from collections.abc import Sequence
from typing import Any


class ValueRefusedError(ValueError):
    """One value that cannot be taken.

    Attributes:
        code: Stable code; `domain/findings.py` lists them.
        extensions: What helps to correct it, without personal data.
    """

    def __init__(self, code: str, **extensions: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extensions = extensions


class PersonNotFoundError(LookupError):
    """No such person, or none at that time."""


class PaperNotFoundError(LookupError):
    """The person has no such identifier, permit, status or address."""


class ContactNotFoundError(LookupError):
    """The person has no such contact."""


class ContactRepeatedError(Exception):
    """The person has a contact that reaches the same."""

    pointer = "/value"


class NothingKnownError(Exception):
    """A field to verify of which nothing is known.

    Attributes:
        pointer: JSON Pointer to its name in the input.
    """

    def __init__(self, pointer: str) -> None:
        super().__init__("nothing known")
        self.pointer = pointer


class IdentifierInUseError(Exception):
    """A live identifier of somebody else, or one that the person has already.

    Attributes:
        pointer: JSON Pointer to the identifier in the input.
    """

    def __init__(self, pointer: str) -> None:
        super().__init__("identifier in use")
        self.pointer = pointer


class IdentifierAmbiguousError(Exception):
    """A number that may or may not be the one somebody holds: one of the two issuers is not known.

    Attributes:
        pointer: JSON Pointer to the number in the input.
    """

    def __init__(self, pointer: str) -> None:
        super().__init__("identifier ambiguous")
        self.pointer = pointer


class PeriodOverlapError(Exception):
    """A valid period that overlaps one of the same kind.

    Attributes:
        pointer: JSON Pointer to the period in the input.
    """

    def __init__(self, pointer: str) -> None:
        super().__init__("period overlap")
        self.pointer = pointer


class TooFewCriteriaError(Exception):
    """A search that would list the register rather than find a person."""


class ImportNotFoundError(LookupError):
    """No such import, or not of this organisation."""


class ImportHeaderRefusedError(Exception):
    """A file whose first line is not the header.

    Attributes:
        columns: What is wrong: (position from 1, or 0 for a missing column; the column's name when it is one of ours;
            code).
    """

    def __init__(self, columns: Sequence[tuple[int, str, str]]) -> None:
        super().__init__("import header refused")
        self.columns = tuple(columns)


class ImportColumnsNotAgreedError(Exception):
    """The file has columns for fields that the sender's agreement does not give.

    Attributes:
        places: Where they stand, from 1.
    """

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__("columns not agreed")
        self.places = places


class ImportEmptyError(Exception):
    """A file without a header."""


class ImportTooLargeError(Exception):
    """A file longer than the register takes in at once."""
