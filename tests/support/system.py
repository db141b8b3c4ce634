"""The whole system in one process: four applications on real sockets, each on a database of its own."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp

from services.gateway.access.operations.seed_demo_clients import seed_demo_clients
from services.gateway.app import create_app as create_gateway
from services.gateway.settings import GatewaySettings
from services.health.app import create_app as create_health
from services.health.settings import HealthSettings
from services.kit.database import Database
from services.registry.app import create_app as create_registry
from services.registry.settings import RegistrySettings
from services.stack.stores import Store
from services.training.app import create_app as create_training
from services.training.settings import TrainingSettings
from tests.support.asgi import settings_for
from tests.support.server import Databases
from tests.support.serving import served

STORES = ("registry", "coverage", "training", "gateway")


@dataclass(frozen=True)
class System:
    """A running system.

    Attributes:
        document: The gateway's merged document.
        secrets: The demo clients' secrets by client id.
        stores: The databases, by store.
        urls: Where each application listens, by store.
        applications: The services' applications and the gateway, by store.
    """

    base_url: str
    document: dict[str, Any]
    secrets: dict[str, str]
    stores: dict[str, Store]
    urls: dict[str, str]
    applications: dict[str, ASGIApp]


@contextmanager
def running_system(databases: Databases) -> Iterator[System]:
    """Yield the system, with demo clients."""
    with ExitStack() as stack:
        stores = {name: stack.enter_context(databases.fresh(name)) for name in STORES}
        listeners = {name: socket.create_server(("127.0.0.1", 0)) for name in STORES}
        urls = {name: f"http://127.0.0.1:{listener.getsockname()[1]}" for name, listener in listeners.items()}
        common = {name: settings_for(store, gateway_url=urls["gateway"]) for name, store in stores.items()}
        gateway = create_gateway(
            GatewaySettings(
                **common["gateway"],
                key_encryption_key="33" * 32,
                registry_url=urls["registry"],
                health_url=urls["coverage"],
                training_url=urls["training"],
                allow_local_webhooks=True,
            )
        )
        applications: dict[str, ASGIApp] = {
            "registry": create_registry(RegistrySettings(**common["registry"])),
            "coverage": create_health(HealthSettings(**common["coverage"])),
            "training": create_training(TrainingSettings(**common["training"])),
            "gateway": gateway,
        }
        secrets = asyncio.run(_seed(stores["gateway"].url))
        for name, application in applications.items():
            stack.enter_context(served(application, listeners[name]))
        yield System(urls["gateway"], gateway.openapi(), secrets, stores, urls, applications)


async def _seed(url: str) -> dict[str, str]:
    database = Database(url)
    async with database.sessions.begin() as session:
        issued = await seed_demo_clients(session, environment="test", at=datetime.now(UTC))
    await database.close()
    return {client.client_id: client.client_secret for client in issued}
