import logging
import sys

import pytest
from django.test import RequestFactory

from config.redaction import RedactingFormatter, WithoutHealth, redact


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Not Found: /in/trn_secret/nginx", "Not Found: /in/[hidden]/nginx"),
        ("GET /in/trn_secret?x=1", "GET /in/[hidden]?x=1"),
        ("Not Found: /embed/a1.b-2/markers?zoom=1", "Not Found: /embed/[hidden]/markers?zoom=1"),
        ("/api?token=abc&zoom=3", "/api?token=[hidden]&zoom=3"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [hidden]"),
        ("X-Api-Key: abc", "X-Api-Key: [hidden]"),
        ("postgresql://me:hunter2@db:5432/x", "postgresql://me:[hidden]@db:5432/x"),
        ("viewer at 81.2.69.142, gone", "viewer at [hidden], gone"),
        ("viewer at 2001:db8::1f", "viewer at [hidden]"),
        ("peer [2001:db8::1f]:443", "peer [[hidden]]:443"),
        ("DETAIL: (ip)=(81.2.69.142)", "DETAIL: (ip)=([hidden])"),
    ],
)
def test_it_hides_secrets_and_addresses(text: str, clean: str) -> None:
    assert redact(text) == clean


@pytest.mark.parametrize(
    "text",
    ["at 12:30:45 it began", "http://127.0.0.1:8000/", "PostgreSQL 18.4", "::1 is ours", "a::b", "/api/in/"],
)
def test_it_leaves_alone_what_is_neither(text: str) -> None:
    assert redact(text) == text.replace("a::b", "[hidden]")


def test_it_covers_arguments_and_tracebacks() -> None:
    try:
        raise ValueError("no place for 81.2.69.142")
    except ValueError:
        failure = sys.exc_info()
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "at %s", ("/in/trn_secret/beacon",), failure)
    text = RedactingFormatter().format(record)
    assert "no place for [hidden]" in text
    assert "at /in/[hidden]/beacon" in text


@pytest.mark.parametrize(("path", "kept"), [("/healthz", False), ("/api/ingest/events", True)])
def test_it_does_not_log_each_question_after_health(path: str, kept: bool) -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "x.py", 1, "Service Unavailable", (), None)
    record.request = RequestFactory().get(path)
    assert WithoutHealth().filter(record) is kept
