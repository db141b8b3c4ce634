"""What a composition refuses."""


class PersonUnknownError(Exception):
    """The registry knows nobody under this id, or the caller may not know of her.

    Attributes:
        pointer: Where the id stood in the body; None where it stood in the path.
        code: Stable code.
    """

    code = "person_unknown"

    def __init__(self, pointer: str | None = None) -> None:
        super().__init__(self.code)
        self.pointer = pointer
