"""oauth4webapi drives a gateway that listens with TLS, and a person signs in by its pages; no check is relaxed."""

import asyncio
import json
import os
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import playwright
import uvicorn

from services.gateway.app import Gateway, create_app
from services.kit import clock
from services.stack.stores import Store
from tests.gateway import peer, published
from tests.gateway.accounts.visitor import PASSWORD, Browser, Person, enrolled, ticking
from tests.gateway.conftest import House, gateway_settings, seeded
from tests.gateway.oauth.parties import CALLBACK, Parties, parties_of
from tests.gateway.tokens import part
from tests.oauth_client.certificates import make_certificates

FOLDER = Path(__file__).parent
STEPS = [
    "discovery oauth2",
    "discovery oidc",
    "client credentials with private_key_jwt",
    "the access token is an RFC 9068 JWT",
    "the API takes it",
    "code + PKCE S256, iss in the response",
    "refresh with rotation",
    "introspection",
    "revocation of an access token",
    "revocation of a refresh token",
    "a code is good once",
    "code + PKCE + DPoP of a public client",
    "the API takes the bound token with its proof",
    "refresh of a bound token",
    "nobody else can refresh it",
    "a refresh token that comes twice ends its family",
]


def node() -> str:
    """Return Node.js: the machine's, else the one that comes with Playwright."""
    return shutil.which("node") or str(Path(playwright.__file__).parent / "driver" / "node")


@asynccontextmanager
async def listening(gateway: Gateway, listener: socket.socket, certificate: Path, key: Path) -> AsyncIterator[None]:
    """Let the gateway listen with TLS, in this event loop."""
    config = uvicorn.Config(
        gateway, log_level="critical", access_log=False, ws="none", ssl_certfile=certificate, ssl_keyfile=key
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listener]))
    while not server.started:  # noqa: ASYNC110  # uvicorn offers no event
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def consent(browser: Browser, person: Person, url: str) -> str:
    """Open what the client sent her to, sign in where she is asked to, agree; return where she is sent back to."""
    await browser.get(url)
    for _ in range(8):
        if browser.page.status_code in {302, 303, 307}:
            if browser.page.headers["location"].startswith(CALLBACK):
                return str(browser.page.headers["location"])
            await browser.follow()
        elif 'name="password"' in browser.page.text:
            await browser.send("/sign-in?", username=person.account.username, password=PASSWORD)
        elif browser.page.url.path.startswith("/sign-in/second-factor"):
            await browser.send("/sign-in/second-factor", code=person.code(clock.now()))
        else:
            await browser.send("/oauth2/authorize", decision="allow")
    raise AssertionError(browser.page.text)


async def drive(parties: Parties, url: str, authority: Path, browser: Browser, person: Person) -> list[str]:
    """Run the client; open in the browser what it asks for; return the steps that went well."""
    numbers = parties.key.private.private_numbers()
    settings = {
        "issuer": url,
        "audience": "indimaj-api",
        "web": parties.web,
        "native": parties.native,
        "callback": CALLBACK,
        "jwk": parties.key.jwk | {"kid": parties.key.kid, "d": part(numbers.private_value.to_bytes(32, "big"))},
    }
    process = await asyncio.create_subprocess_exec(
        node(),
        FOLDER / "drive.mjs",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "DRIVE": json.dumps(settings), "NODE_EXTRA_CA_CERTS": str(authority)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    steps = []
    async for line in process.stdout:
        word, _, rest = line.decode().strip().partition(" ")
        if word == "authorize":
            process.stdin.write((await consent(browser, person, rest) + "\n").encode())
            await process.stdin.drain()
        elif word == "ok":
            steps.append(rest)
    trouble = (await process.stderr.read()).decode()
    assert await process.wait() == 0, f"{steps}\n{trouble}"
    return steps


async def test_a_strict_client_drives_every_flow(gateway_database: Store, tmp_path: Path) -> None:
    authority, certificate, key = make_certificates(tmp_path)
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"https://127.0.0.1:{listener.getsockname()[1]}"
    async with peer.running() as registry:
        settings = gateway_settings(
            gateway_database, published.write(tmp_path / "openapi"), registry_url=registry.url, issuer=url
        )
        gateway = create_app(settings)
        trust = ssl.create_default_context(cafile=str(authority))
        headers = {"accept-language": "en", "user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}
        async with (
            listening(gateway, listener, certificate, key),
            httpx.AsyncClient(base_url=url, verify=trust, headers=headers) as client,
        ):
            house = House(gateway, client, registry, registry, registry, await seeded(gateway))
            parties = await parties_of(house)
            hour = ticking(gateway)
            hour.at -= timedelta(minutes=2)  # the code that she enrols with is not the one that she signs in with
            person = await enrolled(gateway, hour, "amina")
            gateway.control.dependency_overrides.clear()
            assert await drive(parties, url, authority, Browser(gateway, client), person) == STEPS
