"""The one speaker of httpx: workers and tools that call over HTTP. Not for the gateway's data plane, it is too slow."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

TIMEOUT = httpx.Timeout(10.0, connect=3.0)
HttpError = httpx.HTTPError
Response = httpx.Response
LARGEST_LOOK = 1024
"""Bytes of a receiver's answer that are looked at, and thrown away."""


def client(base_url: str, *, timeout_s: float | None = None) -> httpx.AsyncClient:
    """Return a client for one peer; it follows no redirects and takes no proxy from the environment."""
    timeout = TIMEOUT if timeout_s is None else httpx.Timeout(timeout_s, connect=3.0)
    return httpx.AsyncClient(base_url=base_url, timeout=timeout, trust_env=False)


async def fetch_json(url: str) -> dict[str, Any]:
    """Return the JSON object at a URL.

    Raises:
        OSError: The peer is out of reach, does not answer 200, or answers something else.
        ValueError: The answer is not JSON.
    """
    try:
        async with client("") as peer:
            response = await peer.get(url)
            response.raise_for_status()
    except httpx.HTTPError as error:
        raise ConnectionError(str(type(error).__name__)) from None
    body = response.json()
    if not isinstance(body, dict):
        raise ConnectionError("the answer is not a JSON object")
    return body


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request to an address that somebody else chose; of the answer, its status and nothing more.

    Attributes:
        status: HTTP status; None where no answer came.
        error: `timeout`, `tls`, `unreachable` or `broken_answer` where none came.
        retry_after: The header, if any.
    """

    status: int | None
    error: str | None
    retry_after: str | None = None


async def post_pinned(
    url: str,
    *,
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    timeout_s: float,
    trust: ssl.SSLContext | None = None,
) -> Receipt:
    """Send a body to a URL at one address, whatever its name means by now; never follow, hardly read.

    The certificate is checked against the name in the URL, which is also what the receiver is asked for (SNI, Host).

    Args:
        url: Where the body goes.
        address: An IP address that the name was found to have.
        body: The body.
        headers: Further headers.
        timeout_s: For everything, from connecting to the last byte looked at.
        trust: Certificates to trust instead of the public ones.
    """
    asked = httpx.URL(url)
    pinned = asked.copy_with(host=address)
    named = {"host": asked.netloc.decode("ascii"), **headers}
    verify = (trust or _public_trust()) if asked.scheme == "https" else False
    status, retry_after, error = None, None, "broken_answer"
    try:
        async with asyncio.timeout(timeout_s), httpx.AsyncClient(trust_env=False, verify=verify, timeout=None) as peer:  # noqa: S113  # the whole exchange is timed
            request = peer.build_request(
                "POST", pinned, content=body, headers=named, extensions={"sni_hostname": asked.host}
            )
            response = await peer.send(request, stream=True)
            status, retry_after = response.status_code, response.headers.get("retry-after")
            try:
                async for _ in response.aiter_raw(LARGEST_LOOK):
                    break
            finally:
                await response.aclose()
    except TimeoutError:
        error = "timeout"
    except httpx.ConnectError as trouble:
        error = "tls" if _is_tls(trouble) else "unreachable"
    except (httpx.HTTPError, OSError):
        pass
    return Receipt(status, error if status is None else None, retry_after)


@cache
def _public_trust() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
