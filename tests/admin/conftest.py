import pytest
from django.test import Client

from tests.worlds import PASSWORD, Worlds, two_worlds


@pytest.fixture
def worlds(db: None) -> Worlds:
    return two_worlds()


@pytest.fixture
def root(worlds: Worlds, client: Client) -> Client:
    client.login(username="root", password=PASSWORD)
    return client


@pytest.fixture
def staff(worlds: Worlds) -> Client:
    """The north's, without any of Django's permissions."""
    client = Client()
    client.login(username="north-staff", password=PASSWORD)
    return client
