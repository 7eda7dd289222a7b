"""A door to the analytics API for the northern of two accounts."""

from collections.abc import Callable
from typing import Any, Protocol

import pytest
from django.test import Client

from tests.worlds import World

API = "/api/analytics/"
# They take a window of one app.
WINDOWS = ["overview", "concurrency", "days", "livestreams", "top"]


class Ask(Protocol):
    def __call__(self, path: str, **query: str | int) -> Any: ...


@pytest.fixture
def ask(client: Client, world: World) -> Ask:
    """The data that is answered to the app's own token."""

    def asked(path: str, **query: str | int) -> Any:
        response = client.get(API + path, query, headers=world.headers())
        assert response.status_code == 200, response.content
        assert response.json().keys() == {"data", "meta"}
        return response.json()["data"]

    return asked


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the views' clock."""

    def set_to(now: int) -> None:
        for views in ("views", "broadcast_views"):
            monkeypatch.setattr(f"analytics.api.{views}.now_ms", lambda: now)

    return set_to
