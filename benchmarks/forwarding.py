"""A, B, D: the gateway's forwarding, guards and access line included, against nginx forwarding plainly.

Both stand before the same bare upstream. The gateway verifies a token, counts the call against its limit, checks scope
and purpose, exchanges the token for an internal one and writes an access line; nginx forwards and writes one.
"""

from uuid import UUID

from benchmarks import proxy
from benchmarks.comparison import Contender, Summary, compare, http
from benchmarks.load import Target
from benchmarks.report import Figure
from benchmarks.stand import Stand

PATH = f"/v1/persons/{UUID(int=0x0199_0000_0000_7000_8000_0000_0000_0000)}"
CONNECTIONS = 16


def measure(stand: Stand, *, rounds: int) -> list[Figure]:
    """Return the three figures."""
    with proxy.upstream(stand.folder) as upstream, proxy.forwarder(stand.folder, upstream_port=upstream.port) as nginx:
        gateway = stand.serve("gateway", INDIMAJ_GATEWAY_REGISTRY_URL=f"http://127.0.0.1:{upstream.port}")
        helpers = [upstream.pid, *stand.database_pids()]

        def guarded() -> Target:
            headers = {"Authorization": f"Bearer {stand.token()}", "Purpose": "REGISTRATION"}
            return Target(gateway.url + PATH, headers)

        contenders = {
            "nginx": Contender(http(lambda: Target(f"http://127.0.0.1:{nginx.port}{PATH}")), [nginx.pid], helpers),
            "gateway": Contender(http(guarded), [gateway.pid], helpers),
        }
        crowd = compare(contenders, base="nginx", connections=CONNECTIONS, rounds=rounds)
        contenders["upstream"] = Contender(http(lambda: Target(f"http://127.0.0.1:{upstream.port}{PATH}")), [], helpers)
        alone = compare(contenders, base="nginx", connections=1, rounds=rounds)
    stand.stop_programs()
    return figures(crowd, alone)


def figures(crowd: dict[str, Summary], alone: dict[str, Summary]) -> list[Figure]:
    """Return the figures from two comparisons.

    Args:
        crowd: nginx and gateway at 16 connections.
        alone: nginx, gateway and the bare upstream at one connection.
    """
    added = {name: alone[name].p50 - alone["upstream"].p50 for name in ("nginx", "gateway")}
    gateway, nginx = crowd["gateway"], crowd["nginx"]
    clean = f"{gateway.clean + nginx.clean}/{gateway.of + nginx.of}"
    return [
        Figure(
            "A",
            "gateway forward ÷ nginx plain forward, requests/s, 16 connections",
            gateway.ratio,
            0.70,
            at_least=True,
            details={"gateway/s": gateway.rate, "nginx/s": nginx.rate, "clean slices": clean},
        ),
        Figure(
            "B",
            "gateway CPU per request ÷ nginx CPU per request, same slices",
            gateway.cpu_ratio,
            4.0,
            at_least=False,
            details={"gateway µs": gateway.cpu, "nginx µs": nginx.cpu},
        ),
        Figure(
            "D",
            "gateway's added p50 ÷ nginx's added p50, 1 connection",
            added["gateway"] / max(added["nginx"], 1.0),
            2.5,
            at_least=False,
            details={"gateway +µs": added["gateway"], "nginx +µs": added["nginx"]},
        ),
    ]
