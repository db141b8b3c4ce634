"""A passport's scan: sent through the gateway, examined by the worker, fetched by a link that runs out."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any

import httpx
import pytest

from tests.end_to_end.deployment import Deployment
from tests.end_to_end.partner import Partner, expect, expect_problem
from tests.end_to_end.people import awa

pytestmark = pytest.mark.end_to_end

EXAMINED_SECONDS = 60
SCAN = b"%PDF-1.7\n" + secrets.token_bytes(3_000_000)
"""Longer than any JSON body may be: it streams."""


def test_a_scan_is_examined_before_anybody_is_given_it(integrator: Partner, deployment: Deployment) -> None:
    person = expect(integrator.post("/v1/persons", awa()), 201)
    there = f"/v1/persons/{person['id']}/documents"
    sent = integrator.request(
        "POST", there, params={"type": "PASSPORT"}, content=SCAN, headers={"content-type": "application/pdf"}
    )
    body = expect(sent, 201)
    assert (body["sha256"], body["size"]) == (hashlib.sha256(SCAN).hexdigest(), len(SCAN))
    one = sent.headers["location"]
    until = time.monotonic() + EXAMINED_SECONDS
    while (found := expect(integrator.get(one), 200))["state"] == "quarantined" and time.monotonic() < until:
        time.sleep(0.2)
    assert found["state"] == "available"
    link: dict[str, Any] = expect(integrator.post(f"{one}/links", {}), 201)
    with httpx.Client(base_url=deployment.base_url, timeout=30) as nobody:
        fetched = nobody.get(link["url"])
        assert fetched.content == SCAN
        assert fetched.headers["content-disposition"].startswith("attachment")
        forged = nobody.get(link["url"][:-4] + "AAAA")
        assert forged.status_code == 404
        assert nobody.get(f"{one}/content").status_code == 401


def test_a_program_is_no_document(integrator: Partner) -> None:
    person = expect(integrator.post("/v1/persons", awa()), 201)
    refused = integrator.request(
        "POST",
        f"/v1/persons/{person['id']}/documents",
        params={"type": "PASSPORT"},
        content=b"MZ" + bytes(1000),
        headers={"content-type": "application/pdf"},
    )
    expect_problem(refused, 415, "document-content-refused")
