"""Which problem each refusal of this area becomes on the wire."""

from collections.abc import Mapping
from pathlib import Path

from services.gateway.events.domain import errors
from services.kit import problems
from services.kit.problems import ProblemType

TYPES = problems.read_types(Path(__file__).with_name("problems.yaml"))

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.SubscriptionNotFoundError: problems.NOT_FOUND,
    errors.DeliveryNotFoundError: problems.NOT_FOUND,
    errors.TooManySubscriptionsError: TYPES["too-many-subscriptions"],
    errors.EventTypeUnknownError: TYPES["event-type-unknown"],
    errors.NothingAgreedError: problems.RESOURCE_NOT_AGREED,
    errors.DeliveryOpenError: TYPES["delivery-under-way"],
    errors.SubscriptionStoppedError: TYPES["subscription-stopped"],
    errors.ReplayWindowError: TYPES["replay-window"],
    errors.TargetRefusedError: TYPES["webhook-url-refused"],
}
