"""What regularisation files refuse, in their own words. `api/regularisation_problems.py` says what each becomes."""

from collections.abc import Sequence


class RegularisationFileNotFoundError(LookupError):
    """No such file, or of a person who is not open to the caller."""


class EvidenceNotFoundError(LookupError):
    """The file has no such evidence, or it was retracted."""


class RegularisationRefusedError(Exception):
    """Something asked for that the rules of the files do not allow.

    Attributes:
        pointer: JSON Pointer to the part of the input at fault, or None.
        extensions: What else the answer says, without personal data.
    """

    def __init__(self, pointer: str | None = None, **extensions: object) -> None:
        super().__init__(type(self).__name__)
        self.pointer = pointer
        self.extensions = extensions


class RegularisationCodeUnknownError(RegularisationRefusedError):
    """A campaign, category, bureau, fact, paper or reason that is on no list."""

    code = "unknown_code"

    def __init__(self, pointer: str, allowed: Sequence[str]) -> None:
        super().__init__(pointer, allowed=list(allowed))


class RegularisationDateRefusedError(RegularisationRefusedError):
    """A day to come, or one before what it follows."""

    def __init__(self, pointer: str, code: str) -> None:
        super().__init__(pointer)
        self.code = code


class EvidenceRefusedError(RegularisationRefusedError):
    """A declared value that is not of its fact's kind."""

    code = "value_of_another_kind"


class DocumentUnknownError(RegularisationRefusedError):
    """A document that this person does not have."""

    code = "unknown_document"


class StepRefusedError(RegularisationRefusedError):
    """No step leads there from the present state."""


class ReasonsNeededError(RegularisationRefusedError):
    """A decision without its reasons, or a refusal in codes alone."""

    code = "reasons_needed"


class FileSettledError(RegularisationRefusedError):
    """The file is decided or closed: what it was judged on stays as it is."""


class CardRefusedError(RegularisationRefusedError):
    """A card where none is delivered, or that is not hers."""

    code = "card_refused"
