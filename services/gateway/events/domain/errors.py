"""What events refuse."""


class SubscriptionNotFoundError(Exception):
    """There is none, or it is another organisation's."""


class DeliveryNotFoundError(Exception):
    """There is none, or it is another subscription's."""


class TooManySubscriptionsError(Exception):
    """The organisation has as many as one may have."""


class EventTypeUnknownError(Exception):
    """A pattern that matches no type of the catalogue."""

    pointer = "/types"
    code = "event_type_unknown"


class NothingAgreedError(Exception):
    """No agreement in force gives any resource of the types for the purpose."""


class DeliveryOpenError(Exception):
    """The delivery is on its way already: nothing to try again."""


class SubscriptionStoppedError(Exception):
    """Nothing is sent for a subscription that is not active."""


class ReplayWindowError(Exception):
    """The period asked for is empty, lies ahead, or reaches further back than events are kept."""

    pointer = "/from_time"
    code = "replay_window"


class TargetRefusedError(Exception):
    """A receiver's address that must not be called.

    Attributes:
        code: Why: `scheme`, `port`, `credentials`, `host`, `fragment`, `malformed`, `unresolved` or `address`.
    """

    pointer = "/url"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = f"webhook_{code}"
