"""The sealer as a worker's background: one line in a service's `worker.py`."""

from services.background.worker import Background
from services.kit.database import Database
from services.trail.checkpoints import Signer
from services.trail.sealing import Sealer
from services.trail.settings import SealingSettings


def sealing(database: Database, store: str) -> Background:
    """Return what seals a store's audit trail until it is told to stop; the key comes from INDIMAJ_AUDIT_KEY.

    Args:
        database: The store, as its application role.
        store: Its name: `registry`, `coverage`, `training` or `gateway`.

    Raises:
        pydantic.ValidationError: INDIMAJ_AUDIT_KEY is missing, or not a key.
    """
    settings = SealingSettings()
    return Sealer(database, Signer(store, settings.seed), pause_s=settings.pause_s).run
