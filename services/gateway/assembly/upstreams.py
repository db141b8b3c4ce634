"""The connections to the services, each behind a guard of its own: one service in trouble leaves the others alone."""

from services.gateway.forwarding.clients.guarded import Guarded, GuardPolicy
from services.gateway.forwarding.clients.hedging import Hedged
from services.gateway.forwarding.clients.pool import Pool
from services.gateway.forwarding.clients.reqwest import ReqwestUpstream
from services.gateway.forwarding.clients.upstream import Upstream
from services.gateway.forwarding.domain.breaker import BreakerPolicy
from services.gateway.forwarding.domain.retries import RetryPolicy
from services.gateway.settings import GatewaySettings


def upstreams(settings: GatewaySettings) -> dict[str, tuple[bytes, Upstream]]:
    """Return the client of each service, with the service's base URL."""
    make = Pool if settings.upstream == "pool" else ReqwestUpstream
    urls = {"registry": settings.registry_url, "health": settings.health_url, "training": settings.training_url}
    policy = GuardPolicy(
        concurrency=settings.upstream_concurrency,
        queue=settings.upstream_queue,
        queue_s=settings.upstream_queue_s,
        breaker=BreakerPolicy(
            minimum=settings.breaker_minimum, share=settings.breaker_share, open_s=settings.breaker_open_s
        ),
        retries=RetryPolicy(share=settings.retry_share),
    )

    def guarded(url: str) -> Upstream:
        inner: Upstream = make(url, connections=settings.upstream_concurrency)
        if settings.hedge_after_s is not None:
            inner = Hedged(inner, settings.hedge_after_s)
        return Guarded(inner, policy)

    return {service: (url.rstrip("/").encode("ascii"), guarded(url)) for service, url in urls.items()}
