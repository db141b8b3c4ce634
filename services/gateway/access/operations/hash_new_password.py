"""Judge a new password and hash it."""

from services.gateway.access.domain.accounts import (
    LONGEST_PASSWORD,
    Account,
    check_password,
    plain_password,
    without_own_words,
)
from services.gateway.access.store.hashing import Hashing


async def hash_new_password(password: str, *, account: Account, hashing: Hashing) -> str:
    """Return the hash to store.

    Args:
        password: As typed.
        account: Whose; her own names make it no stronger.
        hashing: Judges and hashes in threads of its own.

    Raises:
        PasswordLengthError: Shorter than 12 or longer than 128 characters.
        PasswordGuessableError: Easy to guess.
        services.gateway.access.store.hashing.HashingBusyError: Too many are waiting.
    """
    plain = plain_password(password)
    if len(plain) > LONGEST_PASSWORD:
        check_password(plain, strength=0)
    own = [account.username, *account.display_name.split(), account.organisation, "indimaj"]
    check_password(plain, strength=await hashing.strength(without_own_words(plain, own)))
    return await hashing.hash(plain)
