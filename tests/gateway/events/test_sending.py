"""The last step outwards: one look at the name, one address, and a certificate for the name."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.gateway.events.clients.receivers import Receivers, resolve
from services.gateway.events.domain.errors import TargetRefusedError
from services.gateway.events.domain.targets import Rules
from services.kit import http
from tests.gateway import peer
from tests.gateway.events.desk import Desk
from tests.gateway.events.receiver import Receiver

AWA = UUID(int=1)
NAME = "receiver.example"
AT = dt.datetime.now(dt.UTC)


class Names:
    """A resolver that says something else each time it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of our own for the name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(AT - dt.timedelta(days=1))
        .not_valid_after(AT + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "receiver.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@asynccontextmanager
async def secured(certificate: Path) -> AsyncIterator[tuple[peer.Peer, list[str]]]:
    """Run a TLS receiver; yield it with the names that it was asked for."""
    asked: list[str] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    note: Callable[..., None] = lambda _socket, name, _context: asked.append(name)  # noqa: E731  # a callback
    context.sni_callback = note
    one = peer.Peer()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0, ssl=context)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one, asked
    finally:
        server.close()
        one.hang_up()
        await asyncio.sleep(0.01)


async def post(port: int, trust: ssl.SSLContext | None, name: str = NAME) -> http.Receipt:
    return await http.post_pinned(
        f"https://{name}:{port}/in?x=1", address="127.0.0.1", body=b"{}", headers={"x-a": "b"}, timeout_s=5, trust=trust
    )


async def test_the_pinned_address_is_called_under_the_name_and_its_certificate_is_checked(certificate: Path) -> None:
    trust = ssl.create_default_context(cafile=certificate)
    async with secured(certificate) as (receiver, asked):
        receipt = await post(receiver.port, trust)
        assert (receipt.status, receipt.error) == (200, None)
        (request,) = receiver.asked
        assert request.headers[b"host"] == f"{NAME}:{receiver.port}".encode()
        assert (request.target, request.headers[b"x-a"], request.body) == (b"/in?x=1", b"b", b"{}")
        assert asked == [NAME]
        assert (await post(receiver.port, trust, "other.example")).error == "tls"
        assert (await post(receiver.port, None)).error == "tls", "nobody public vouches for it"
        assert len(receiver.asked) == 1


async def test_a_receiver_that_does_not_speak_http_or_is_not_there_has_failed() -> None:
    async def babble(_asked: peer.Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"nonsense\r\n\r\n")
        writer.close()

    async def send(port: int) -> http.Receipt:
        url = f"http://127.0.0.1:{port}/"
        return await http.post_pinned(url, address="127.0.0.1", body=b"", headers={}, timeout_s=2)

    async with peer.running(peer.Peer(script=babble)) as one:
        assert (await send(one.port)).error == "broken_answer"
    async with peer.nobody() as port:
        assert (await send(port)).error == "unreachable"


async def test_a_status_counts_even_where_the_rest_of_the_answer_never_comes() -> None:
    async def stall(_asked: peer.Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 202 OK\r\ncontent-length: 9\r\nretry-after: 3\r\n\r\nx")
        await writer.drain()
        await asyncio.sleep(1)

    async with peer.running(peer.Peer(script=stall)) as one:
        url = f"http://127.0.0.1:{one.port}/"
        receipt = await http.post_pinned(url, address="127.0.0.1", body=b"", headers={}, timeout_s=0.3)
    assert receipt == http.Receipt(202, None, "3")


async def test_a_name_that_turns_inwards_after_it_was_registered_is_not_called(desk: Desk, receiver: Receiver) -> None:
    names = Names(["1.1.1.1"], ["127.0.0.1"])
    receivers = Receivers(Rules(), 5.0, names)
    assert (await receivers.check("https://Partner.example:443/in")).url == "https://partner.example/in"
    desk.resolve = names
    _, secret = await desk.subscribe("https://partner.example/in")
    receiver.secrets["/in"] = secret
    await desk.tell((AWA, 1))
    await desk.deliver_due()
    (delivery,) = await desk.deliveries()
    assert (delivery.state.value, delivery.attempts, receiver.tries) == ("pending", 1, [])
    assert names.asked == 2


async def test_what_a_name_means_is_asked_once_for_each_attempt() -> None:
    names = Names(["10.0.0.1"])
    receivers = Receivers(Rules(), 5.0, names)
    with pytest.raises(TargetRefusedError):
        await receivers.check("https://partner.example/in")
    assert names.asked == 1


async def test_the_systems_resolver_answers_with_addresses_or_with_none() -> None:
    assert all(ipaddress.ip_address(each).is_loopback for each in await resolve("localhost", 443))
    assert await resolve("no-such-name.invalid", 443) == []
    assert await resolve("a" * 70 + ".example", 443) == []
