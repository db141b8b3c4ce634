"""Keyed hashes of identifiers: two services can agree that a number is the same without either telling it."""

import hashlib
import hmac
import unicodedata

_SEPARATOR = "\x1f"


def normalise_identifier(value: str) -> str:
    """Return the letters and digits of an identifier, in upper case and ASCII digits.

    Spaces, hyphens and the like carry no meaning on papers and are typed in every way.

    Example:
        >>> normalise_identifier("ab-12 ٣")
        'AB123'
    """
    if value.isascii() and value.isalnum():
        return value.upper()
    folded = unicodedata.normalize("NFKC", value).upper()
    return "".join(
        str(unicodedata.digit(char)) if char.isdigit() else char
        for char in folded
        if char.isdigit() or "A" <= char <= "Z"
    )


class IdentifierHasher:
    """Hash identifiers under one secret key, so that a stolen table of hashes cannot be searched by guessing.

    Args:
        key: At least 32 bytes, the same for the registry and for the services that look hashes up.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < hashlib.sha256().digest_size:
            raise ValueError("the identifier hash key needs at least 32 bytes")
        self._key = key

    def hash(self, system: str, value: str) -> str:
        """Return HMAC-SHA256 over system and normalised value, as 64 hexadecimal characters.

        Raises:
            ValueError: No letter or digit is left of the value: all such values would match each other.
        """
        normalised = normalise_identifier(value)
        if not normalised:
            raise ValueError("an identifier needs at least one letter or digit")
        message = f"{system}{_SEPARATOR}{normalised}".encode()
        return hmac.digest(self._key, message, "sha256").hex()
