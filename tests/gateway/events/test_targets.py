"""Where deliveries may go: a corpus of addresses that must not be called, however they are written."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.events.domain.errors import TargetRefusedError
from services.gateway.events.domain.targets import Rules, choose_address, is_public, read_target

PUBLIC = Rules()
LOCAL = Rules(loopback=True)
NAME = read_target("https://partner.example/in", PUBLIC)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://partner.example/in", "scheme"),
        ("ftp://partner.example/in", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://partner.example/", "scheme"),
        ("partner.example/in", "scheme"),
        ("//partner.example/in", "scheme"),
        ("https://127.0.0.1/in", "host"),
        ("https://[::1]/in", "host"),
        ("https://[::ffff:127.0.0.1]/in", "host"),
        ("https://[::ffff:7f00:1]/in", "host"),
        ("https://[64:ff9b::7f00:1]/in", "host"),
        ("https://169.254.169.254/latest/meta-data", "host"),
        ("https://2130706433/in", "host"),
        ("https://0x7f000001/in", "host"),
        ("https://0X7F.1/in", "host"),
        ("https://0177.0.0.1/in", "host"),
        ("https://017700000001/in", "host"),
        ("https://127.1/in", "host"),
        ("https://0/in", "host"),
        ("https://\uff11\uff12\uff17.\uff10.\uff10.\uff11/in", "host"),
        ("https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/in", "host"),
        ("https://8.8.8.8/in", "host"),
        ("https://localhost/in", "host"),
        ("https://localhost./in", "host"),
        ("https://LOCALHOST/in", "host"),
        ("https://a.localhost/in", "host"),
        ("https://metadata.google.internal/in", "host"),
        ("https://registry/in", "host"),
        ("https://printer.local/in", "host"),
        ("https://a_b.example/in", "host"),
        ("https://-a.example/in", "host"),
        ("https:///in", "host"),
        ("https://" + "a." * 130 + "example/in", "host"),
        ("https://" + "a" * 64 + ".example/in", "malformed"),
        ("https://a..example/in", "malformed"),
        ("https://partner.example:22/in", "port"),
        ("https://partner.example:5432/in", "port"),
        ("https://partner.example:99999/in", "malformed"),
        ("https://partner.example:https/in", "malformed"),
        ("https://user@partner.example/in", "credentials"),
        ("https://user:secret@partner.example/in", "credentials"),
        ("https://partner.example@127.0.0.1/in", "credentials"),
        ("https://partner.example/in#frag", "fragment"),
        ("https://partner.example/in#", "fragment"),
        ("https://partner.example/a b", "malformed"),
        ("https://partner.example/\u00e9", "malformed"),
        ("https://partner.example\\@127.0.0.1/", "malformed"),
        ("https://[::1/in", "malformed"),
        ("https://partner.example/" + "a" * 2000, "malformed"),
    ],
)
def test_an_address_that_could_reach_inside_is_refused(url: str, code: str) -> None:
    with pytest.raises(TargetRefusedError) as refusal:
        read_target(url, PUBLIC)
    assert refusal.value.code == f"webhook_{code}"


@pytest.mark.parametrize(
    ("url", "normal", "authority"),
    [
        ("https://partner.example", "https://partner.example/", "partner.example"),
        ("HTTPS://Partner.Example:443/In?x=1", "https://partner.example/In?x=1", "partner.example"),
        ("https://partner.example:8443/in", "https://partner.example:8443/in", "partner.example:8443"),
        ("https://h\u00f4pital.example./in", "https://xn--hpital-ixa.example/in", "xn--hpital-ixa.example"),
    ],
)
def test_a_public_name_is_brought_into_its_normal_form(url: str, normal: str, authority: str) -> None:
    target = read_target(url, PUBLIC)
    assert (target.url, target.authority, target.local) == (normal, authority, False)


def test_this_machine_may_be_called_where_that_is_allowed_and_nowhere_else() -> None:
    target = read_target("http://127.0.0.1:9000/in", LOCAL)
    assert (target.local, target.url, target.port) == (True, "http://127.0.0.1:9000/in", 9000)
    assert read_target("https://localhost:9/", LOCAL).local
    assert read_target("http://[::1]/", LOCAL).url == "http://[::1]/"
    assert choose_address(["127.0.0.1"], target) == "127.0.0.1"
    for url in ("http://10.0.0.1/in", "http://partner.example/", "https://127.0.0.2/", "http://2130706433/"):
        with pytest.raises(TargetRefusedError):
            read_target(url, LOCAL)
    with pytest.raises(TargetRefusedError):
        choose_address(["10.0.0.1"], target)  # somebody has put `localhost` elsewhere


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16",  # noqa: S104  # not bound to, refused
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.1.1", "198.18.0.1",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1",
        "2001::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1",
        "ff02::1", "5f00::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_the_internets_own_is_closed(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(TargetRefusedError) as refusal:
        choose_address([address], NAME)
    assert refusal.value.code == "webhook_address"


@pytest.mark.parametrize("address", ["1.1.1.1", "41.77.118.10", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"])
def test_an_address_of_the_internets_own_is_open(address: str) -> None:
    assert choose_address([address], NAME) == address


@given(st.ip_addresses())
def test_nothing_that_python_itself_holds_for_private_is_open(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    shut = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    assert not (shut or address.is_reserved or address.is_unspecified) or not is_public(address)


def test_one_inner_address_among_a_names_addresses_refuses_the_name() -> None:
    for found in (["1.1.1.1", "10.0.0.1"], ["fe80::1%eth0"], ["nonsense"]):
        with pytest.raises(TargetRefusedError):
            choose_address(found, NAME)
    with pytest.raises(TargetRefusedError) as refusal:
        choose_address([], NAME)
    assert refusal.value.code == "webhook_unresolved"
