import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from config.csp import ContentSecurityPolicyMiddleware


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.csp_nonce)  # type: ignore[attr-defined]


def test_it_allows_nothing_from_elsewhere() -> None:
    response = ContentSecurityPolicyMiddleware(answer)(RequestFactory().get("/"))
    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'nonce-")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy


def test_it_gives_each_request_a_nonce_of_its_own() -> None:
    middleware = ContentSecurityPolicyMiddleware(answer)
    bodies = set()
    for _ in range(3):
        response = middleware(RequestFactory().get("/"))
        assert f"'nonce-{response.content.decode()}'" in response["Content-Security-Policy"]
        bodies.add(response.content)
    assert len(bodies) == 3


def test_it_gives_the_docs_page_its_nonce_and_only_files_of_ours(client: Client) -> None:
    response = client.get("/api/docs")
    page = response.content.decode()
    nonce = re.search(r"'nonce-([\w-]+)'", response["Content-Security-Policy"])
    assert nonce
    assert f'<script nonce="{nonce[1]}">' in page
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page)


@pytest.mark.django_db
def test_it_covers_the_admin(client: Client) -> None:
    assert "default-src 'none'" in client.get("/admin/login/")["Content-Security-Policy"]
