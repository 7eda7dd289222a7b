"""What the totals' API answers when it has no totals to give."""

import pytest
from django.test import Client

from accounts.models import Scope
from tests.worlds import Worlds, two_worlds

KIT = "/accounts/{}/realtime/kit/{}/analytics/livestreams/{}"
PREFIXES = ["", "/client/v4"]
NAMES = ["overall", "daywise"]


@pytest.fixture
def worlds(db: None) -> Worlds:
    return two_worlds()


def body(code: int, message: str, listed: int | None = None) -> dict[str, object]:
    return {
        "success": False,
        "error": {"code": code, "message": message},
        "errors": [{"code": listed or code, "message": message}],
        "messages": [],
        "result": None,
    }


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", NAMES)
def test_it_asks_for_credentials(client: Client, worlds: Worlds, prefix: str, name: str) -> None:
    response = client.get(prefix + KIT.format("north", "north-app", name))

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["error"]["code"] == 401
    assert response.json()["errors"][0]["code"] == 10000


@pytest.mark.parametrize("name", NAMES)
def test_it_refuses_an_unknown_token(client: Client, worlds: Worlds, name: str) -> None:
    response = client.get(KIT.format("north", "north-app", name), headers={"Authorization": "Bearer trn_no"})

    assert response.status_code == 401
    assert response.json() == body(401, "This token is unknown or was revoked.", 10000)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scope", [Scope.INGEST, Scope.BEACON])
def test_it_refuses_tokens_that_may_not_read(client: Client, worlds: Worlds, name: str, scope: str) -> None:
    response = client.get(KIT.format("north", "north-app", name), headers=worlds.north.headers(scope))

    assert response.status_code == 403
    assert "The scope 'read' is missing" in response.json()["error"]["message"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("account", "app"),
    [
        ("south", "south-app"),
        ("north", "south-app"),
        ("south", "north-app"),
        ("nowhere", "north-app"),
        ("north", "none"),
        ("n" * 33, "north-app"),
        ("north", "n" * 5000),
        ("north%20", "north-app"),
        ("ż", "\N{PILE OF POO}"),
    ],
)
def test_it_knows_nothing_outside_the_tokens_account(
    client: Client, worlds: Worlds, account: str, app: str, name: str
) -> None:
    response = client.get(KIT.format(account, app, name), headers=worlds.north.headers())

    assert response.status_code == 404
    assert response.json() == body(404, "No such app, or it is not one of yours.")


@pytest.mark.parametrize("path", ["/", "%2F..%2Foverall", "overall/", "overall.json", "weekly"])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_it_says_in_its_own_shape_that_a_path_leads_nowhere(
    client: Client, worlds: Worlds, prefix: str, path: str
) -> None:
    response = client.get(prefix + KIT.format("north", "north-app", path), headers=worlds.north.headers())

    assert response.status_code == 404
    assert response.json() == body(404, "There is nothing here: check the path.")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("start_time=yesterday", "start_time cannot be read."),
        ("start_time=2026-02-01&end_time=2026-01-31", "end_time must not be before start_time."),
        ("end_time=1769882400000", "in seconds. This looks like milliseconds."),
        ("filters=x", "filters is not supported: leave it out."),
        ("timezone=Mars", "timezone must be an IANA name"),
        ("start_time=1&start_time=2", "start_time is given 2 times"),
    ],
)
def test_it_says_what_to_do_about_a_bad_parameter(
    client: Client, worlds: Worlds, name: str, query: str, message: str
) -> None:
    path = KIT.format("north", "north-app", name)
    response = client.get(f"{path}?{query}", headers=worlds.north.headers())

    assert response.status_code == 400
    assert message in response.json()["error"]["message"]
    assert response.json()["errors"] == [{"code": 400, "message": response.json()["error"]["message"]}]


@pytest.mark.parametrize("query", ["start_time=%00", "start_time=%FF", "%FF=%FE"])
def test_it_refuses_a_query_that_is_no_text(client: Client, worlds: Worlds, query: str) -> None:
    path = KIT.format("north", "north-app", "overall")
    response = client.get(f"{path}?{query}", headers=worlds.north.headers())

    assert response.status_code == 400
    assert response.json()["success"] is False


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_names_the_methods_that_it_answers(client: Client, worlds: Worlds, name: str, method: str) -> None:
    ask = getattr(client, method)
    response = ask(KIT.format("north", "north-app", name), headers=worlds.north.headers())

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    assert response.json()["error"]["code"] == 405
