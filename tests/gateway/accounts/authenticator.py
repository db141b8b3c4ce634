"""A passkey in software: what a phone would answer, or somebody who pretends to be one."""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

from tests.gateway.conftest import ISSUER

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One passkey."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0
    handle: str = ""

    def create(self, options: dict[str, Any], **pretending: Any) -> str:
        """Answer `navigator.credentials.create`."""
        self.handle = options["user"]["id"]
        numbers = self.private.public_key().public_numbers()
        key = encode_cbor({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        credential = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + key
        data = self._data(options["rp"]["id"], pretending.get("flags", PRESENT | VERIFIED) | ATTESTED) + credential
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, pretending)
        return self._answer({"clientDataJSON": client, "attestationObject": attestation})

    def get(self, options: dict[str, Any], **pretending: Any) -> str:
        """Answer `navigator.credentials.get`."""
        self.count += pretending.get("step", 1)
        data = self._data(options["rpId"], pretending.get("flags", PRESENT | VERIFIED))
        client = self._client("webauthn.get", options, pretending)
        signed = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        handle = base64url_to_bytes(pretending.get("handle", self.handle))
        return self._answer(
            {"clientDataJSON": client, "authenticatorData": data, "signature": signed, "userHandle": handle}
        )

    def _data(self, party: str, flags: int) -> bytes:
        return hashlib.sha256(party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any], pretending: dict[str, Any]) -> bytes:
        challenge = pretending.get("challenge", options["challenge"])
        body = {"type": kind, "challenge": challenge, "origin": pretending.get("origin", ISSUER), "crossOrigin": False}
        return json.dumps(body).encode()

    def _answer(self, response: dict[str, bytes]) -> str:
        name = bytes_to_base64url(self.credential_id)
        encoded = {key: bytes_to_base64url(value) for key, value in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": encoded})


def options_of(page: httpx.Response) -> dict[str, Any]:
    """Return what a page asks the browser for."""
    found = re.search(r'data-options="([^"]*)"', page.text)
    assert found is not None, page.text
    options: dict[str, Any] = json.loads(unescape(found[1]))
    return options
