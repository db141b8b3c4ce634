"""The one speaker of httpx: workers and tools that call over HTTP. Not for the gateway's data plane, it is too slow."""

from typing import Any

import httpx

TIMEOUT = httpx.Timeout(10.0, connect=3.0)
HttpError = httpx.HTTPError
Response = httpx.Response


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
