"""Every endpoint against its description, by requests that schemathesis makes up: as described, and not.

Whatever is asked, nothing fails, every answer has a described status, content type, headers and body, what
the description rules out is refused, and nobody is answered without credentials. The requests are the same
in each run; `EXAMPLES` bounds how many there are besides those at the edges of each parameter.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.conf import settings as project_settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings
from schemathesis import CheckFunction
from schemathesis.config import GenerationConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from accounts.clock import now_ms
from accounts.models import Scope
from analytics.models import LivestreamSession
from config.wsgi import application
from ingest.events import Event
from tests.analytics.signs import MINUTE, published, publishing, tell, watched
from tests.worlds import World, make_world
from viewers import snapshot

EXAMPLES = 12
DESCRIPTION = Path(project_settings.BASE_DIR) / "docs" / "openapi.yaml"
STREAM, VIEWER = "stream", "viewer"

config = SchemathesisConfig(seed=1)
config.projects.default.generation = GenerationConfig(
    deterministic=True, max_examples=EXAMPLES, with_security_parameters=False
)
api = schemathesis.openapi.from_path(DESCRIPTION, config=config)
api.app = application


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests go on in the test's transaction, as those of Django's own test client do."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def world(db: None, one_connection: None, settings: Settings) -> World:
    """Somebody watches now, and somebody did."""
    settings.API_RATE = settings.INGEST_RATE = "off"
    settings.SNAPSHOT_DIR.mkdir()
    world = make_world("north")
    now = now_ms()
    tell(
        world.source,
        watched("past", now - 9 * MINUTE, now - 5 * MINUTE, STREAM),
        published("encoder", now - 9 * MINUTE, now - 5 * MINUTE, STREAM),
        publishing("camera", now - MINUTE, now, STREAM),
        Event("view.update", VIEWER, STREAM, now, now - MINUTE, None, (52.5, 18.5)),
        now=now,
    )
    snapshot.write(snapshot.build(connection, now), settings.SNAPSHOT_DIR)
    return world


@schemathesis.serializer("application/x-ndjson")
def ndjson(context: schemathesis.SerializationContext, value: Any) -> bytes:
    events = value if isinstance(value, list) else [value]
    return b"\n".join(json.dumps(event).encode() for event in events)


@api.parametrize()
@hypothesis_settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_it_answers_as_it_is_described(case: schemathesis.Case[Any], world: World) -> None:
    broadcast = LivestreamSession.objects.latest("started_ms")
    there = {
        "account_id": "north",
        "app_id": "north-app",
        "app_name": "north-app",
        "stream_key": STREAM,
        "viewer": VIEWER,
        "livestream": broadcast.livestream_id.hex,
        "livestream_id": broadcast.livestream_id.hex,
        "session": broadcast.pk.hex,
        "session_id": broadcast.pk.hex,
    }
    if case.meta and not case.meta.generation.mode.is_negative:
        # Made-up names are never found: what is asked about is there.
        case.path_parameters.update({name: there[name] for name in case.path_parameters})
    scope = Scope.INGEST if "/ingest/" in case.path else Scope.READ

    # Not all that makes a request acceptable can be described: which end comes after which start, say.
    excluded: list[CheckFunction] = [positive_data_acceptance]
    if "" in case.query.values():
        # As good as none, of whichever type it should be.
        excluded.append(negative_data_rejection)
    case.call_and_validate(headers=world.headers(scope), excluded_checks=excluded)
