"""Here batches are small, and all are believed to be new until one is not: both ways are taken."""

import pytest

from viewers.sessions import live_table


@pytest.fixture(autouse=True)
def believing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_table, "MANY", 1)
    monkeypatch.setattr(live_table, "DISBELIEF_S", 0)
    monkeypatch.setattr(live_table, "_believing_from", 0.0)
