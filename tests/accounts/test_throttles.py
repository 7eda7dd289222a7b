import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.throttles import Quota, quota
from tests.worlds import PASSWORD, Worlds

pytestmark = pytest.mark.urls("tests.accounts.probe_urls")


@pytest.fixture(autouse=True)
def fresh_quotas() -> None:
    quota.cache_clear()


def test_it_lets_a_whole_quota_pass_at_once_and_no_more() -> None:
    kept = Quota(limit=3, period_s=60)
    assert [kept.take("a", 100.0) for _ in range(3)] == [0, 0, 0]
    assert kept.take("a", 100.0) == pytest.approx(20, abs=0.001)


def test_it_refills_evenly() -> None:
    kept = Quota(limit=3, period_s=60)
    for _ in range(3):
        kept.take("a", 100.0)
    assert kept.take("a", 119.0) > 0
    assert kept.take("a", 120.0) == 0
    assert kept.take("a", 120.0) > 0


def test_it_charges_nothing_for_what_it_refuses() -> None:
    kept = Quota(limit=1, period_s=60)
    kept.take("a", 0.0)
    for second in range(60):
        assert kept.take("a", float(second)) > 0
    assert kept.take("a", 60.0) == 0


def test_it_counts_each_key_apart() -> None:
    kept = Quota(limit=1, period_s=60)
    assert kept.take("a", 0.0) == 0
    assert kept.take("b", 0.0) == 0
    assert kept.take("a", 0.0) > 0


def test_it_lets_a_cost_above_the_limit_pass_when_the_quota_is_whole() -> None:
    kept = Quota(limit=10, period_s=60)
    assert kept.take("a", 0.0, cost=500) == 0
    assert kept.take("a", 1.0) > 0
    assert kept.take("a", 60.0, cost=10) == 0


def test_it_forgets_the_quietest_when_keys_are_too_many() -> None:
    kept = Quota(limit=1, period_s=60, max_keys=2)
    for key in ("a", "b", "c"):
        kept.take(key, 0.0)
    assert kept.take("c", 0.0) > 0
    assert kept.take("b", 0.0) > 0
    assert kept.take("a", 0.0) == 0


@given(st.lists(st.floats(0, 300), max_size=200), st.integers(1, 20))
def test_it_never_lets_more_than_two_quotas_pass_in_a_period(moments: list[float], limit: int) -> None:
    kept = Quota(limit=limit, period_s=60)
    passed = [moment for moment in sorted(moments) if kept.take("a", moment) == 0]
    for start in passed:
        assert sum(start <= moment < start + 60 for moment in passed) <= 2 * limit


@given(st.integers(1, 50))
def test_it_lets_a_steady_client_at_its_rate_pass_for_ever(limit: int) -> None:
    kept = Quota(limit=limit, period_s=60)
    assert all(kept.take("a", number * 60 / limit) == 0 for number in range(5 * limit))


@pytest.mark.parametrize("rate", ["", "600", "0/min", "-1/min", "600/day", "600/m", "x/min", "OFF", "1.5/s"])
def test_it_stops_at_a_rate_it_cannot_read(rate: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="API_RATE"):
        quota("API_RATE", rate)


def test_it_answers_too_many_requests_with_when_to_come_back(
    worlds: Worlds, client: Client, settings: Settings
) -> None:
    settings.API_RATE = "2/h"
    codes = [client.get("/api/probe", headers=worlds.north.headers()).status_code for _ in range(2)]
    refused = client.get("/api/probe", headers=worlds.north.headers())
    assert [*codes, refused.status_code] == [200, 200, 429]
    assert 1790 <= int(refused.headers["Retry-After"]) <= 1800
    assert list(refused.json()) == ["message"]


def test_it_keeps_one_clients_quota_from_anothers(worlds: Worlds, client: Client, settings: Settings) -> None:
    settings.API_RATE = "1/h"
    assert client.get("/api/probe", headers=worlds.north.headers()).status_code == 200
    assert client.get("/api/probe", headers=worlds.north.headers("admin")).status_code == 200
    assert client.get("/api/probe", headers=worlds.south.headers()).status_code == 200
    client.login(username="north-member", password=PASSWORD)
    assert client.get("/api/probe").status_code == 200
    assert client.get("/api/probe").status_code == 429


def test_it_keeps_sending_apart_from_reading(worlds: Worlds, client: Client, settings: Settings) -> None:
    settings.API_RATE, settings.INGEST_RATE = "1/h", "2/h"
    for _ in range(2):
        answer = client.post("/api/ingest/probe", headers=worlds.north.headers("ingest"))
        assert answer.status_code == 200
    answer = client.post("/api/ingest/probe", headers=worlds.north.headers("ingest"))
    assert answer.status_code == 429


def test_it_lets_everything_pass_when_off(worlds: Worlds, client: Client, settings: Settings) -> None:
    settings.API_RATE = "off"
    assert {client.get("/api/probe", headers=worlds.north.headers()).status_code for _ in range(5)} == {200}


def test_it_takes_no_quota_from_strangers(worlds: Worlds, client: Client, settings: Settings) -> None:
    settings.API_RATE = "1/h"
    assert {client.get("/api/probe").status_code for _ in range(3)} == {401}
