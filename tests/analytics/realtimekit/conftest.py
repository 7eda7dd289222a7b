"""A door to the RealtimeKit API for the northern of two accounts."""

from collections.abc import Callable
from typing import Any, Protocol

import pytest
from django.test import Client

from tests.worlds import World

KIT = "/accounts/north/realtime/kit/north-app/"


class Ask(Protocol):
    def __call__(self, path: str, **query: str | int) -> Any: ...


@pytest.fixture
def ask(client: Client, world: World) -> Ask:
    """The data that is answered to the app's own token."""

    def asked(path: str, **query: str | int) -> Any:
        response = client.get(KIT + path, query, headers=world.headers())
        assert response.status_code == 200, response.content
        assert response.json().keys() == {"data", "success"}
        assert response.json()["success"] is True
        return response.json()["data"]

    return asked


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the clock of the livestreams' views."""
    return lambda now: monkeypatch.setattr("analytics.realtimekit.livestream_views.now_ms", lambda: now)
