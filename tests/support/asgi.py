"""Applications in-process: a client that speaks to them without a socket."""

import atexit
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from services.stack.stores import Store

HASH_KEY = "11" * 32
PSEUDONYM_KEY = "22" * 32
BLOB_KEY = "44" * 32
BLOBS = tempfile.mkdtemp(prefix="indimaj-blobs-")
"""The blob stores of this run, a folder for each database; gone when the run ends."""
atexit.register(shutil.rmtree, BLOBS, ignore_errors=True)


def settings_for(store: Store, **more: Any) -> dict[str, Any]:
    """Return the settings of a service on a test database, as keyword arguments of its settings class."""
    return {
        "environment": "test",
        "database_url": store.url,
        "identifier_hash_key": HASH_KEY,
        "pseudonym_key": PSEUDONYM_KEY,
        "gateway_url": "http://127.0.0.1:9",
        "blobs_url": f"{BLOBS}/{store.url.rpartition('/')[2]}",
        "blob_key": BLOB_KEY,
        **more,
    }


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the application; its connections are closed afterwards.

    Errors that a partner would see as a 500 are raised here, in the test.
    """
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        try:
            yield client
        finally:
            await app.state.database.close()
