"""The stores that keep a trail, and who answers for each."""

from enum import StrEnum


class TrailStore(StrEnum):
    """A store with a trail of its own."""

    REGISTRY = "registry"
    COVERAGE = "coverage"
    TRAINING = "training"
    GATEWAY = "gateway"


SERVICES = {TrailStore.REGISTRY: "registry", TrailStore.COVERAGE: "health", TrailStore.TRAINING: "training"}
"""The service that answers for a store; the gateway answers for its own."""
