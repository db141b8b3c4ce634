"""The connections to the services."""

from services.gateway.forwarding.clients.pool import Pool
from services.gateway.forwarding.clients.reqwest import ReqwestUpstream
from services.gateway.forwarding.clients.upstream import Upstream
from services.gateway.settings import GatewaySettings


def upstreams(settings: GatewaySettings) -> dict[str, tuple[bytes, Upstream]]:
    """Return the client of each service, with the service's base URL."""
    make = Pool if settings.upstream == "pool" else ReqwestUpstream
    urls = {"registry": settings.registry_url, "health": settings.health_url, "training": settings.training_url}
    return {service: (url.rstrip("/").encode("ascii"), make(url)) for service, url in urls.items()}
