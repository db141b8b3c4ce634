"""For which site a passkey is made. Source: WebAuthn level 3, sections 5.1.2 and 13.4.9."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

LARGEST_ANSWER = 12_000
MOST = 10
_HOST = re.compile(r"localhost(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site that passkeys are for.

    Attributes:
        id: Its domain.
        origin: Scheme, host and port, as the browser writes it.
    """

    id: str
    origin: str


def relying_party(public_url: str, host: str) -> RelyingParty | None:
    """Return the site, or None where it has no name: passkeys are bound to domains, an IP address is none.

    Args:
        public_url: The gateway's own, as configured.
        host: The request's Host header. It counts on one machine alone, where `127.0.0.1` and `localhost` are one.
    """
    url = urlsplit(public_url)
    name = url.hostname or ""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return RelyingParty(name, f"{url.scheme}://{url.netloc}")
    if address.is_loopback and _HOST.fullmatch(host):
        return RelyingParty("localhost", f"{url.scheme}://{host}")
    return None
