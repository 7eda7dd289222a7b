"""The API's description: complete, current, and true of what is answered."""

import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from accounts.models import App
from tests.test_isolation import routes
from tests.worlds import make_world, two_worlds

COMMITTED = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
GUIDE = Path(settings.BASE_DIR) / "docs" / "api.md"
# The address, and a body where there is one.
REQUEST = re.compile(r'curl "\$TURNOUT(?P<path>/[^"]*)"(?:[^\n]*-d \'(?P<body>[^\']*)\')?')
# They describe the others.
DESCRIPTIONS = {"api/schema", "api/docs"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMMITTED.read_text())
    return found


def test_it_is_committed_as_it_is_generated(tmp_path: Path) -> None:
    generated = tmp_path / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(generated))

    assert COMMITTED.read_text() == generated.read_text(), (
        "Run: .venv/bin/python manage.py spectacular --file docs/openapi.yaml"
    )


def test_it_describes_every_path_of_the_apis(described: dict[str, Any]) -> None:
    paths = {re.sub(r"<\w+:(\w+)>", r"{\1}", route) for route in routes(get_resolver())}
    apis = {f"/{path}" for path in paths - DESCRIPTIONS if path.startswith(("api/", "accounts/"))}

    assert described["paths"].keys() == apis


def test_it_says_how_callers_name_themselves(described: dict[str, Any]) -> None:
    schemes = described["components"]["securitySchemes"]

    assert schemes["bearer"] == {"type": "http", "scheme": "bearer"}
    assert schemes["apiKey"] == {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
    for path in described["paths"].values():
        for operation in path.values():
            assert {"bearer": []} in operation["security"]
            assert {"apiKey": []} in operation["security"]


def test_it_lists_errors_of_every_operation(described: dict[str, Any]) -> None:
    for path in described["paths"].values():
        for operation in path.values():
            assert {"200", "401", "403", "429"} <= operation["responses"].keys()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("analytics/livestreams/overall", "", 200),
        ("analytics/livestreams/daywise", "", 200),
        ("analytics/livestreams/overall", "filters=x", 400),
        ("analytics/livestreams/daywise", "timezone=Mars", 400),
        ("livestreams", "", 200),
        ("livestreams", "status=live", 400),
    ],
)
def test_it_is_true_of_the_answers(described: dict[str, Any], path: str, query: str, code: int) -> None:
    ids = {"account_id": "north", "app_id": "north-app"}
    template = f"/accounts/{{account_id}}/realtime/kit/{{app_id}}/{path}"
    headers = two_worlds().north.headers()
    schema = described["paths"][template]["get"]["responses"][str(code)]["content"]["application/json"][
        "schema"
    ]

    response = Client().get(f"{template.format(**ids)}?{query}", headers=headers)

    assert response.status_code == code
    jsonschema.validate(response.json(), {**schema, "components": described["components"]})


@pytest.mark.django_db
def test_it_answers_every_request_that_the_guide_shows() -> None:
    world = make_world("acme")
    App.objects.filter(pk=world.app.pk).update(public_id="show")
    requests = [match.groupdict() for match in REQUEST.finditer(GUIDE.read_text())]
    scopes = ["ingest" if "/ingest/" in request["path"] else "read" for request in requests]

    answers = [
        Client().post(request["path"], request["body"], "application/json", headers=world.headers(scope))
        if request["body"]
        else Client().get(request["path"], headers=world.headers(scope))
        for request, scope in zip(requests, scopes, strict=True)
    ]

    assert len(answers) > 10
    assert {answer.status_code for answer in answers} == {200}
