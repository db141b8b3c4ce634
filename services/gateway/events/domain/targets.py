"""Where deliveries may be sent: public names over https, never into a network of our own.

A partner chooses the address that our worker calls: without these rules it would reach whatever the worker reaches,
such as databases and the metadata service of a cloud. Source: platform.md 5.7 and section 10, mistake 12.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from services.gateway.events.domain.errors import TargetRefusedError

LONGEST_URL = 2000
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
DEFAULT_PORTS = frozenset({443, 8443})
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_LONGEST_HOST = 253
_CLOSED_SUFFIXES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "onion", "arpa", "test")
_CLOSED_4 = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32",
    )
)  # fmt: skip
"""Source: IANA's registry of special-purpose addresses, multicast, and the one public metadata address (Azure's)."""
_OPEN_6 = ip_network("2000::/3")
_CLOSED_6 = tuple(
    ip_network(each)
    for each in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "3ffe::/16")
)
"""Of the global unicast addresses: Teredo and protocol assignments, documentation, 6to4, AS112, the former 6bone."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is allowed.

    Attributes:
        loopback: Whether http to this machine itself is: only for demonstrations and tests.
        ports: The ports that may be called.
    """

    loopback: bool = False
    ports: frozenset[int] = DEFAULT_PORTS


@dataclass(frozen=True, slots=True)
class Target:
    """A receiver's address, taken apart.

    Attributes:
        host: As a name in ASCII, lower case.
        path: With its query; begins with a slash.
        local: Whether it is this machine, and allowed.
    """

    scheme: str
    host: str
    port: int
    path: str
    local: bool

    @property
    def url(self) -> str:
        """The address in its normal form."""
        usual = {"https": 443, "http": 80}[self.scheme] == self.port
        return f"{self.scheme}://{self._bracketed}{'' if usual else f':{self.port}'}{self.path}"

    @property
    def authority(self) -> str:
        """What the Host header says."""
        return self.url.split("/", 3)[2]

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def read_target(url: str, rules: Rules) -> Target:
    """Take an address apart and check all that can be without asking who it is.

    Raises:
        TargetRefusedError: It must not be called.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _ascii(parts.hostname or "")
    except ValueError:
        raise TargetRefusedError("malformed") from None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if len(url) > LONGEST_URL or "\\" in url or not _VISIBLE.fullmatch(path):
        raise TargetRefusedError("malformed")
    if "@" in parts.netloc:
        raise TargetRefusedError("credentials")
    if parts.fragment or url.endswith("#"):
        raise TargetRefusedError("fragment")
    local = rules.loopback and host in LOOPBACK
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise TargetRefusedError("scheme")
    port = port or {"https": 443, "http": 80}[parts.scheme]
    if not local:
        _check_host(host)
        if port not in rules.ports:
            raise TargetRefusedError("port")
    return Target(parts.scheme, host, port, path, local)


def choose_address(found: list[str], target: Target) -> str:
    """Return the address to connect to, out of those that a name has now: the first, if every one may be called.

    Raises:
        TargetRefusedError: There is none, or one of them must not be called.
    """
    if not found:
        raise TargetRefusedError("unresolved")
    for each in found:
        try:
            address = ip_address(each)
        except ValueError:  # an address with a zone, such as fe80::1%eth0
            raise TargetRefusedError("address") from None
        if not (address.is_loopback if target.local else is_public(address)):
            raise TargetRefusedError("address")
    return found[0]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is one of the internet's own; those that carry another address inside are not."""
    if isinstance(address, IPv4Address):
        return not any(address in closed for closed in _CLOSED_4)
    return address in _OPEN_6 and not any(address in closed for closed in _CLOSED_6)


def _ascii(host: str) -> str:
    """Return a host as the resolver is asked for it: IDNA, lower case, without the root's dot."""
    return host.removesuffix(".").encode("idna").decode("ascii").lower()


def _check_host(host: str) -> None:
    """Refuse what is no public name: addresses in any notation, single words, names that are never public."""
    labels = host.split(".")
    numeric = labels[-1].isdigit() or labels[-1].startswith("0x")  # a resolver may read these as an address
    fit = len(host) <= _LONGEST_HOST and all(_LABEL.fullmatch(label) for label in labels)
    if not fit or numeric or len(labels) == 1 or labels[-1] in _CLOSED_SUFFIXES:
        raise TargetRefusedError("host")
