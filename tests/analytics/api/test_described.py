"""docs/openapi.yaml is true of what the analytics API answers: no field more, none less."""

from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from django.conf import settings
from django.test import Client

from analytics.models import LivestreamSession
from tests.analytics.api.conftest import API
from tests.analytics.signs import HOUR, MINUTE, START, published, publishing, tell, watched
from tests.worlds import World

PATHS = [
    "live",
    "overview",
    "overview?start=2026-01-31",
    "concurrency",
    "days",
    "livestreams",
    "livestreams/{livestream}/sessions",
    "sessions/{session}",
    "sessions/{session}/concurrency",
    "sessions/{session}/retention",
    "top?by=protocol",
    "viewings",
]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((Path(settings.BASE_DIR) / "docs" / "openapi.yaml").read_text())
    return found


def strict(schema: Any) -> Any:
    """As JSON Schema: ``nullable`` is OpenAPI's own word, and what is not described must not be there."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: strict(value) for name, value in schema.items() if name != "nullable"}
    if "properties" in found:
        found |= {"additionalProperties": False, "required": list(found["properties"])}
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") is True else found


@pytest.mark.parametrize("watched_at_all", [True, False])
@pytest.mark.parametrize("path", PATHS)
def test_it_is_true_of_the_answers(
    client: Client, world: World, described: dict[str, Any], path: str, watched_at_all: bool
) -> None:
    tell(world.source, published("p", START, START + MINUTE), publishing("q", START + HOUR, START + HOUR))
    if watched_at_all:
        tell(
            world.source, watched("v1", START, START + MINUTE), watched("v2", START, START + MINUTE, "other")
        )
    session = LivestreamSession.objects.earliest("started_ms")
    operation = described["paths"][API + path.partition("?")[0]]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    url = API + path.format(livestream=session.livestream_id.hex, session=session.pk.hex)

    response = client.get(url, headers=world.headers())

    body = response.getvalue() if response.streaming else response.content
    answer = yaml.safe_load(body)
    jsonschema.validate(answer, {**strict(schema), "components": strict(described["components"])})
