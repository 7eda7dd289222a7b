"""What is done with a new token: lines to copy, for each of its scopes."""

from typing import NamedTuple

from accounts.models import ApiToken, App, Scope

# Where the token opens a whole account that has no app yet.
UNNAMED_APP = "YOUR_APP"

_EVENT = """[{"type": "view.start", "connectionId": "v_1", "streamKey": "my-stream", "ip": "81.2.69.142",
        "protocol": "hls", "outBandwidth": 447669, "healthScore": 88}]"""
_PAGE = """<script>
  const viewer = Math.random().toString(36).slice(2);
  const tell = (type) => fetch("%(base)s/api/ingest/events", {
    method: "POST",
    keepalive: true,
    headers: {
      "Authorization": "Bearer %(secret)s",
      "Content-Type": "application/json",
    },
    body: JSON.stringify([{type, connectionId: viewer, streamKey: "my-stream"}]),
  });
  tell("view.start");
  setInterval(() => tell("view.update"), %(every)d);
  addEventListener("pagehide", () => tell("view.stop"));
</script>"""


class Use(NamedTuple):
    title: str
    text: str
    note: str = ""


def uses(token: ApiToken, secret: str, base_url: str) -> list[Use]:
    """Ready to run; `base_url` has no slash at its end."""
    held = set(token.scopes)
    found: list[Use] = []
    if held & {Scope.READ, Scope.ADMIN}:
        found += _reading(token, secret, base_url)
    if Scope.ADMIN in held:
        found.append(Use("Viewers with their addresses", _get(secret, f"{base_url}/api/cluster/viewers")))
    if Scope.INGEST in held:
        found.append(Use("Send an event", _post(secret, f"{base_url}/api/ingest/events", _EVENT)))
    if Scope.BEACON in held and token.source is not None:
        every = token.source.interval_s * 1000
        page = _PAGE % {"base": base_url, "secret": secret, "every": every}
        found.append(Use("On the page with the player", page, _BEACON_NOTE))
    return found


_BEACON_NOTE = (
    "The browser sends it to its own site only: let the site's server hand /api/ingest/ on to Turnout, or "
    "serve the page from this host."
)


def _reading(token: ApiToken, secret: str, base_url: str) -> list[Use]:
    app = token.app or App.objects.filter(account=token.account_id).order_by("pk").first()
    named = app.public_id if app else UNNAMED_APP
    kit = f"{base_url}/accounts/{token.account.public_id}/realtime/kit/{named}"
    return [
        Use("Who is watching, and where", _get(secret, f"{base_url}/api/cluster/viewers/geolocation")),
        Use("How much was watched", _get(secret, f"{kit}/analytics/livestreams/overall")),
    ]


def _get(secret: str, url: str) -> str:
    return f'curl -H "Authorization: Bearer {secret}" \\\n  {url}'


def _post(secret: str, url: str, body: str) -> str:
    return (
        f'curl {url} \\\n  -H "Authorization: Bearer {secret}" \\\n'
        f"  -H \"Content-Type: application/json\" \\\n  -d '{body}'"
    )
