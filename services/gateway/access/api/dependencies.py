"""What the routes of access are given."""

from typing import Annotated

from fastapi import Depends, Request

from services.gateway.access.store.keyring import Keyring
from services.gateway.settings import GatewaySettings


async def _keyring(request: Request) -> Keyring:
    keyring: Keyring = request.app.state.keyring
    return keyring


async def _settings(request: Request) -> GatewaySettings:
    settings: GatewaySettings = request.app.state.settings
    return settings


Keys = Annotated[Keyring, Depends(_keyring)]
Settings = Annotated[GatewaySettings, Depends(_settings)]
