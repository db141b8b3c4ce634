"""What the door refuses, and what can go wrong behind it."""


class UnpublishableDocumentError(ValueError):
    """A published OpenAPI document that no route table can be built from."""


class RefusedError(Exception):
    """A call that must not reach a service. Subclasses say why; none carries anything of the call."""


class MalformedPathError(RefusedError):
    """The path holds encoded, empty or dot segments, or characters that no published path has."""


class AddressTooLongError(RefusedError):
    """Path or query are longer than any published operation needs."""


class HeadersTooLargeError(RefusedError):
    """A header is longer, or there are more of them, than any published operation needs."""


class MalformedHeaderError(RefusedError):
    """A header that cannot be passed on safely."""


class TokenMissingError(RefusedError):
    """No bearer token was sent."""


class TokenInvalidError(RefusedError):
    """The bearer token is not one of ours, is not for this API, or its time is over."""


class ScopeMissingError(RefusedError):
    """The token lacks the scope that the operation needs."""


class PurposeRequiredError(RefusedError):
    """Personal data is asked for and no purpose was named."""


class PurposeUnknownError(RefusedError):
    """The named purpose is not one of the published list."""


class PurposeNotAgreedError(RefusedError):
    """The named purpose is not in the agreement of the client's organisation."""


class BodyTooLargeError(RefusedError):
    """The request body passes the limit of the operation."""


class BodyTooSlowError(RefusedError):
    """The request body did not come within the time given."""
