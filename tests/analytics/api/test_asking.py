"""Who may ask the analytics API for which app, and with which parameters."""

import pytest
from django.test import Client

from accounts.models import App, Scope
from tests.analytics.api.conftest import API, WINDOWS
from tests.analytics.signs import MINUTE, START, tell, watched
from tests.worlds import World, Worlds


def message(client: Client, world: World, path: str, code: int, **query: str) -> str:
    response = client.get(API + path, {"by": "country", **query}, headers=world.headers())
    assert response.status_code == code, response.content
    assert response.json().keys() == {"message"}
    found: str = response.json()["message"]
    return found


@pytest.mark.parametrize("path", ["live", *WINDOWS])
def test_it_asks_for_credentials(client: Client, worlds: Worlds, path: str) -> None:
    response = client.get(API + path)

    assert response.status_code == 401
    assert response.json().keys() == {"message"}


@pytest.mark.parametrize("path", ["live", *WINDOWS])
@pytest.mark.parametrize("scope", [Scope.INGEST, Scope.BEACON])
def test_it_refuses_tokens_that_may_not_read(client: Client, world: World, path: str, scope: str) -> None:
    assert client.get(API + path, headers=world.headers(scope)).status_code == 403


@pytest.mark.parametrize("path", ["live", *WINDOWS])
@pytest.mark.parametrize("app", ["south-app", "nowhere"])
def test_it_finds_no_app_of_others(client: Client, world: World, path: str, app: str) -> None:
    assert message(client, world, path, 404, app=app) == "No such app, or it is not one of yours."


@pytest.mark.parametrize("path", ["overview", "days", "livestreams", "top"])
def test_it_wants_one_of_several_apps_named_and_lists_none(client: Client, worlds: Worlds, path: str) -> None:
    App.objects.create(public_id="second", account=worlds.north.account, name="Second")
    client.force_login(worlds.north.member)

    response = client.get(API + path, {"by": "country"})

    assert response.status_code == 400
    assert response.json() == {"message": "Several apps are yours: name one with app=, by its public id."}
    assert client.get(API + path, {"app": "second", "by": "country"}).status_code == 200


@pytest.mark.parametrize("path", ["overview", "days", "livestreams", "top"])
def test_it_tells_who_sees_no_app(client: Client, worlds: Worlds, path: str) -> None:
    worlds.north.member.memberships.all().delete()
    client.force_login(worlds.north.member)

    assert client.get(API + path, {"by": "country"}).status_code == 404


@pytest.mark.parametrize("path", WINDOWS)
def test_it_finds_no_livestream_of_others(client: Client, worlds: Worlds, path: str) -> None:
    tell(worlds.south.source, watched("v", START, START + MINUTE, "southern"))

    said = message(client, worlds.north, path, 404, streamKey="southern")

    assert said == "No such livestream in this app: check streamKey."


@pytest.mark.parametrize("path", WINDOWS)
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"start": "yesterday"}, "start cannot be read."),
        ({"end": "2026-13-01"}, "end is no moment of the calendar."),
        ({"start": "2026-02-01", "end": "2026-01-01"}, "end must not be before start."),
        ({"start": "2026-02-01", "end": "2026-02-01"}, "let end be the day after."),
        ({"start": "1770283311253"}, "looks like milliseconds"),
        ({"timezone": "Mars"}, "timezone must be an IANA name"),
        ({"filters": "x"}, "filters is not supported"),
        ({"app": "x" * 129}, "app may have at most 128 characters."),
        ({"streamKey": "x" * 129}, "streamKey may have at most 128 characters."),
    ],
)
def test_it_says_what_is_wrong(
    client: Client, world: World, path: str, query: dict[str, str], said: str
) -> None:
    assert said in message(client, world, path, 400, **query)


@pytest.mark.parametrize("points", ["3", "501", "-5", "x", "4.5", "٤٢", "", "9" * 400])
def test_it_says_how_many_points_there_may_be(client: Client, world: World, points: str) -> None:
    said = message(client, world, "concurrency", 400, points=points)

    assert said == "points must be a whole number from 4 to 500."


@pytest.mark.parametrize("name", ["app", "streamKey", "start", "points"])
def test_it_wants_each_parameter_once(client: Client, world: World, name: str) -> None:
    response = client.get(f"{API}concurrency?{name}=10&{name}=11", headers=world.headers())

    assert response.status_code == 400
    assert response.json() == {"message": f"{name} is given 2 times: send it once."}


@pytest.mark.parametrize("path", WINDOWS)
@pytest.mark.parametrize("value", ["\x00", "\ud800", "'; --", "%s%(x)s", "{}"])
def test_it_is_not_upset_by_hostile_names(client: Client, world: World, path: str, value: str) -> None:
    for name in ("app", "streamKey", "start", "timezone"):
        response = client.get(
            API + path, {name: value.encode("utf-8", "surrogatepass")}, headers=world.headers()
        )

        assert response.status_code in (400, 404)
