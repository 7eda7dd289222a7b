"""What an admin list shows."""

import re

from django.test import Client

LIVE = "/admin/viewers/viewersession/"
PAST = "/admin/analytics/viewinterval/"


def names(client: Client, query: str = "", url: str = LIVE) -> list[str]:
    """The connections of the page's rows, from top to bottom."""
    page = client.get(url + query)
    assert page.status_code == 200
    return re.findall(r'/change/[^"]*"><span class="id">([^<]*)', page.content.decode())
