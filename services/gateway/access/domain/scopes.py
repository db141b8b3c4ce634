"""What a token may carry."""

from collections.abc import Iterable

from services.gateway.access.domain.errors import UnknownScopeError
from services.gateway.access.domain.records import Client


def check_known(scopes: Iterable[str], *, known: frozenset[str]) -> None:
    """Let rights through that exist.

    Args:
        scopes: Asked for.
        known: Every scope there is.

    Raises:
        UnknownScopeError: A scope that no operation asks for.
    """
    if not known.issuperset(scopes):
        raise UnknownScopeError


def granted(client: Client, asked: str | None) -> frozenset[str] | None:
    """Return the scopes of a new token, or None where more is asked for than the client has.

    Args:
        client: Who asks.
        asked: Scopes between spaces; None or blank asks for all that the client has.
    """
    wanted = frozenset((asked or "").split())
    if not wanted:
        return client.scopes
    return wanted if wanted <= client.scopes else None
