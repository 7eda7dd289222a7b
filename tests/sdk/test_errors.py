"""What the official SDK raises, and what it can say about it."""

from typing import Any

import cloudflare
import pytest
from cloudflare import Cloudflare
from pytest_django.live_server_helper import LiveServer

from tests.worlds import World


def overall(client: Cloudflare, account: str = "north", **query: Any) -> None:
    client.realtime_kit.livestreams.get_livestream_analytics_complete(
        "north-app", account_id=account, **query
    )


def problems(error: cloudflare.APIStatusError) -> list[tuple[int | None, str | None]]:
    return [(problem.code, problem.message) for problem in error.errors or []]


def test_it_raises_authentication_error_for_an_unknown_token(client: Cloudflare) -> None:
    with pytest.raises(cloudflare.AuthenticationError) as raised:
        overall(client.with_options(api_token="trn_unknown"))

    assert problems(raised.value) == [(10000, "This token is unknown or was revoked.")]
    assert "This token is unknown or was revoked." in raised.value.message


def test_it_raises_authentication_error_for_the_vendors_key_and_email(
    live_server: LiveServer, world: World
) -> None:
    url = f"{live_server.url}/client/v4"
    with (
        Cloudflare(api_key="0123456789", api_email="a@example.com", base_url=url, max_retries=0) as client,
        pytest.raises(cloudflare.AuthenticationError) as raised,
    ):
        overall(client)

    assert [code for code, _ in problems(raised.value)] == [10000]


def test_it_raises_permission_denied_for_a_token_that_may_not_read(client: Cloudflare, world: World) -> None:
    with pytest.raises(cloudflare.PermissionDeniedError) as raised:
        overall(client.with_options(api_token=world.secrets["ingest"]))

    [(code, message)] = problems(raised.value)
    assert code == 403
    assert message is not None
    assert message.startswith("The scope 'read' is missing")


@pytest.mark.parametrize("account", ["south", "nowhere", "a b", "../north"])
def test_it_raises_not_found_outside_the_tokens_account(client: Cloudflare, account: str) -> None:
    with pytest.raises(cloudflare.NotFoundError) as raised:
        overall(client, account)

    [(code, message)] = problems(raised.value)
    assert code == 404
    assert message
    assert message in raised.value.message


def test_it_raises_bad_request_for_what_cannot_be_read(client: Cloudflare) -> None:
    with pytest.raises(cloudflare.BadRequestError) as raised:
        overall(client, start_time="yesterday")

    [(code, message)] = problems(raised.value)
    assert code == 400
    assert message is not None
    assert message.startswith("start_time cannot be read. Send ISO 8601")


def test_it_raises_bad_request_for_filters(client: Cloudflare) -> None:
    with pytest.raises(cloudflare.BadRequestError) as raised:
        overall(client, filters="status:live")

    assert problems(raised.value) == [(400, "filters is not supported: leave it out.")]


def test_it_raises_rate_limit_error_with_the_time_to_wait(client: Cloudflare, settings: Any) -> None:
    settings.API_RATE = "1/h"
    overall(client)

    with pytest.raises(cloudflare.RateLimitError) as raised:
        overall(client)

    assert [code for code, _ in problems(raised.value)] == [429]
    assert int(raised.value.response.headers["Retry-After"]) > 0
