"""What the door refuses, and what can go wrong behind it."""

from collections.abc import Mapping, Sequence
from datetime import date


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


class ProofInvalidError(RefusedError):
    """The token is bound to a key, and no good proof came with it that the caller holds that key (RFC 9449)."""


class ScopeMissingError(RefusedError):
    """The token lacks the scope that the operation needs."""


class PurposeRequiredError(RefusedError):
    """Personal data is asked for and no purpose was named."""


class PurposeUnknownError(RefusedError):
    """The named purpose is not one of the published list."""


class ActingForRequiredError(RefusedError):
    """The client acts for one person at a time, and the call does not say for whom."""


class ActingForUnreadableError(RefusedError):
    """The header that names the person acted for holds no person's id."""


class PurposeNotAgreedError(RefusedError):
    """The named purpose is not in the agreement of the client's organisation."""


class AgreementExpiredError(RefusedError):
    """The agreement that gave the named purpose is over.

    Attributes:
        extensions: Its number and its last day, which the organisation knows itself.
    """

    def __init__(self, authorisation_number: str, ended_on: date) -> None:
        super().__init__()
        self.extensions = {"authorisation_number": authorisation_number, "ended_on": ended_on.isoformat()}


class ResourceNotAgreedError(RefusedError):
    """The purpose is agreed, and not for this resource or not for this action on it."""


class FieldNotAgreedError(RefusedError):
    """The whole operation is about a field that the agreement holds back."""


class BodyTooLargeError(RefusedError):
    """The request body passes the limit of the operation."""


class BodyTooSlowError(RefusedError):
    """The request body did not come within the time given."""


class LimitedError(RefusedError):
    """The client has used up what one of its limits allows.

    Attributes:
        retry_after_s: Whole seconds until the same call can pass.
        lines: `RateLimit` and `RateLimit-Policy`, as header lines.
    """

    def __init__(self, retry_after_s: int, lines: Sequence[tuple[bytes, bytes]]) -> None:
        super().__init__()
        self.retry_after_s, self.lines = retry_after_s, lines

    @property
    def headers(self) -> Mapping[str, str]:
        """What the refusal says to programs."""
        told = {name.decode("ascii"): value.decode("ascii") for name, value in self.lines}
        return told | {"retry-after": str(self.retry_after_s)}


class OverloadedError(RefusedError):
    """As much is under way as the gateway takes on at once."""


class PolicyUnknownError(Exception):
    """No limit has this name."""


class PartnerUnknownError(Exception):
    """There is no such organisation, or the client is not one of its clients."""


class LimitTooSmallError(Exception):
    """A burst below the cost of one call would close its operations."""
