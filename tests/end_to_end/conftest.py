"""A whole deployment for the run: the one GATEWAY_URL names, or one started here and stopped afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.deployment import Deployment, deployed, launched
from tests.end_to_end.partner import Client, Partner

_PATIENCE_SECONDS = 30.0


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    """The deployment under test."""
    gateway_url = os.environ.get("GATEWAY_URL")
    if gateway_url:
        credentials = os.environ.get("DEMO_CLIENTS_FILE", ".local/demo.json")
        yield deployed(gateway_url, Path(credentials))
        return
    with launched() as launcher:
        yield launcher.deployment()


@pytest.fixture(scope="session")
def http(deployment: Deployment) -> Iterator[httpx.Client]:
    """A connection to the gateway, without credentials."""
    with httpx.Client(base_url=deployment.base_url, timeout=_PATIENCE_SECONDS) as client:
        yield client


@pytest.fixture(scope="session")
def clients(deployment: Deployment) -> dict[str, Client]:
    """The demo partners' credentials by name."""
    return deployment.clients


@pytest.fixture(scope="session")
def ministry(http: httpx.Client, clients: dict[str, Client]) -> Partner:
    """The ministry's counter, which registers persons."""
    return Partner(http, clients["ministry"], "REGISTRATION")


@pytest.fixture(scope="session")
def hospital(http: httpx.Client, clients: dict[str, Client]) -> Partner:
    """A hospital's admission desk."""
    return Partner(http, clients["hospital"], "HEALTH_COVERAGE")


@pytest.fixture(scope="session")
def cnss(http: httpx.Client, clients: dict[str, Client]) -> Partner:
    """The fund that decides on coverage."""
    return Partner(http, clients["cnss"], "HEALTH_COVERAGE")


@pytest.fixture(scope="session")
def ofppt(http: httpx.Client, clients: dict[str, Client]) -> Partner:
    """The vocational training office."""
    return Partner(http, clients["ofppt"], "TRAINING")


@pytest.fixture(scope="session")
def integrator(http: httpx.Client, clients: dict[str, Client]) -> Partner:
    """The sandbox client with every right."""
    return Partner(http, clients["integrator"], "REGISTRATION")
