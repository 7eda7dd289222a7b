"""Two accounts, each with an app, a source and tokens."""

import pytest

from tests.worlds import World, Worlds, two_worlds


@pytest.fixture
def worlds(db: None) -> Worlds:
    return two_worlds()


@pytest.fixture
def world(worlds: Worlds) -> World:
    return worlds.north
