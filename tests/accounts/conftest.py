import pytest

from tests.worlds import Worlds, two_worlds


@pytest.fixture
def worlds(db: None) -> Worlds:
    return two_worlds()
