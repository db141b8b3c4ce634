"""The area's tables. Private to `store` and the gateway's migrations."""

from services.kit.database import new_metadata

metadata = new_metadata()
