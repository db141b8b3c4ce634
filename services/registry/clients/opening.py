"""Open the registry's blob store as its settings say."""

from services.registry.clients.blobs import open_blobs
from services.registry.clients.sealed_blobs import SealedBlobs


def open_sealed(url: str, key: str) -> SealedBlobs:
    """Return the store, sealed with the key.

    Args:
        url: A folder or `s3://bucket/prefix`.
        key: 64 hexadecimal characters.
    """
    return SealedBlobs(open_blobs(url), bytes.fromhex(key))
