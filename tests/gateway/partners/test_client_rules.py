"""What goes together in a client."""

from dataclasses import replace
from typing import Any

import pytest

from services.gateway.access.domain.clients import ClientDraft, check_client, takes_over
from services.gateway.access.domain.errors import ClientUnfitError

KEY = {"kty": "EC", "crv": "P-256", "x": "x" * 43, "y": "y" * 43}
MACHINE = ClientDraft("Machine", frozenset(), "client_secret_basic", frozenset({"client_credentials"}))
WEB = replace(
    MACHINE,
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    redirect_uris=frozenset({"https://portal.example/back"}),
    application_type="web",
)
NATIVE = replace(
    WEB,
    auth_method="none",
    application_type="native",
    redirect_uris=frozenset({"ma.indimaj.app:/back", "http://127.0.0.1/back", "http://[::1]:8080/back"}),
)
SIGNING = replace(MACHINE, auth_method="private_key_jwt", jwks=(KEY,))


@pytest.mark.parametrize("draft", [MACHINE, WEB, NATIVE, SIGNING])
def test_what_goes_together_passes(draft: ClientDraft) -> None:
    assert check_client(draft) is draft
    assert draft.has_secret == (draft in {MACHINE, WEB} if not draft.jwks else False)


@pytest.mark.parametrize(
    ("draft", "changes", "pointer", "code"),
    [
        (MACHINE, {"auth_method": "tls_client_auth"}, "/token_endpoint_auth_method", "auth_method_unknown"),
        (MACHINE, {"grant_types": frozenset()}, "/grant_types", "grant_type_unknown"),
        (MACHINE, {"grant_types": frozenset({"password"})}, "/grant_types", "grant_type_unknown"),
        (MACHINE, {"auth_method": "none"}, "/grant_types", "nobody_proves_anything"),
        (MACHINE, {"grant_types": frozenset({"refresh_token"})}, "/grant_types", "refresh_without_code"),
        (WEB, {"redirect_uris": frozenset()}, "/redirect_uris", "redirect_uris_with_code_only"),
        (MACHINE, {"redirect_uris": WEB.redirect_uris}, "/redirect_uris", "redirect_uris_with_code_only"),
        (WEB, {"application_type": "native"}, "/application_type", "native_without_secret"),
        (NATIVE, {"application_type": "web"}, "/application_type", "native_without_secret"),
        (MACHINE, {"auth_method": "private_key_jwt"}, "/jwks", "keys_with_private_key_jwt_only"),
        (MACHINE, {"jwks": (KEY,)}, "/jwks", "keys_with_private_key_jwt_only"),
        (SIGNING, {"jwks": (KEY | {"d": "z" * 43},)}, "/jwks", "public_p256_keys_only"),
        (SIGNING, {"jwks": (KEY | {"crv": "P-384"},)}, "/jwks", "public_p256_keys_only"),
        (SIGNING, {"jwks": (KEY | {"x": 7},)}, "/jwks", "public_p256_keys_only"),
        (SIGNING, {"jwks": (KEY | {"kty": "oct"},)}, "/jwks", "public_p256_keys_only"),
    ],
)
def test_what_does_not_is_refused_with_its_place(
    draft: ClientDraft, changes: dict[str, Any], pointer: str, code: str
) -> None:
    with pytest.raises(ClientUnfitError) as refused:
        check_client(replace(draft, **changes))
    assert (refused.value.pointer, refused.value.code) == (pointer, code)


@pytest.mark.parametrize(
    "uri",
    [
        "http://portal.example/back",
        "https://portal.example/back#here",
        "https://user@portal.example/back",
        "https:///back",
        "http:///back",
        "http://localhost.evil.example/",
        "javascript:alert(1)",
        "ma.indimaj.app:/back",
        "https://portal.example/bäck",
        "https://[::1/back",
        "back",
    ],
)
def test_codes_go_to_no_other_place(uri: str) -> None:
    with pytest.raises(ClientUnfitError):
        check_client(replace(WEB, redirect_uris=frozenset({uri})))


def test_who_holds_its_proof_or_its_redirects_holds_the_client() -> None:
    assert not takes_over(replace(WEB, name="Other"), WEB)
    assert takes_over(replace(WEB, redirect_uris=frozenset({"https://other.example/"})), WEB)
    assert takes_over(replace(SIGNING, jwks=(KEY | {"kid": "2"},)), SIGNING)
    assert takes_over(replace(MACHINE, auth_method="client_secret_post"), MACHINE)
