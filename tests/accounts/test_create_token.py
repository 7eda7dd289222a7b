from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.access import apps_for
from accounts.authentication import find_token
from accounts.models import Account, ApiToken, App, Source
from tests.worlds import Worlds

pytestmark = pytest.mark.django_db


def create(*arguments: str) -> tuple[ApiToken, str]:
    """The token made, and what was said beside it."""
    out, err = StringIO(), StringIO()
    call_command("create_token", *arguments, stdout=out, stderr=err)
    secret = out.getvalue().removesuffix("\n")
    token = find_token(secret)
    assert token is not None
    assert secret not in err.getvalue()
    return token, err.getvalue()


def refusal(*arguments: str) -> str:
    before = [model.objects.count() for model in (Account, App, Source, ApiToken)]
    with pytest.raises(CommandError) as caught:
        create(*arguments)
    assert before == [model.objects.count() for model in (Account, App, Source, ApiToken)]
    return str(caught.value)


def test_it_prints_the_bare_token_alone() -> None:
    out = StringIO()
    call_command("create_token", "--account=acme", "--app=web", "--create", stdout=out, stderr=StringIO())
    assert out.getvalue().startswith("trn_")
    assert out.getvalue().count("\n") == 1
    assert " " not in out.getvalue()


def test_it_makes_what_is_missing_and_says_so() -> None:
    token, said = create("--account=acme", "--app=web", "--scopes=read,ingest", "--create", "--name=encoder")
    assert (token.name, token.scopes) == ("encoder", ["read", "ingest"])
    assert token.app is not None
    assert (token.account.public_id, token.app.public_id) == ("acme", "web")
    assert token.source == Source.objects.get(app=token.app, name="default", kind="rest")
    assert "Made account acme" in said
    assert "Made source default" in said


def test_it_makes_nothing_twice() -> None:
    arguments = ("--account=acme", "--app=web", "--scopes=ingest", "--create")
    first, _ = create(*arguments)
    second, _ = create(*arguments)
    assert (first.source_id, first.account_id) == (second.source_id, second.account_id)
    assert first.hash != second.hash


def test_it_makes_a_source_of_the_kind_asked_for() -> None:
    token, _ = create("--account=acme", "--app=web", "--scopes=ingest", "--kind=nginx-rtmp", "--create")
    assert token.source is not None
    assert (token.source.name, token.source.kind) == ("nginx-rtmp", "nginx-rtmp")


def test_it_uses_the_source_named(worlds: Worlds) -> None:
    Source.objects.create(app=worlds.north.app, name="second")
    token, _ = create("--account=north", "--app=north-app", "--scopes=ingest", "--source=second")
    assert token.source is not None
    assert token.source.name == "second"


def test_it_uses_an_apps_only_source_when_none_is_named(worlds: Worlds) -> None:
    token, _ = create("--account=north", "--app=north-app", "--scopes=beacon")
    assert token.source == worlds.north.source


def test_it_asks_which_of_several_sources_is_meant(worlds: Worlds) -> None:
    Source.objects.create(app=worlds.north.app, name="second")
    message = refusal("--account=north", "--app=north-app", "--scopes=ingest")
    assert "north-source, second" in message
    assert "--source" in message


def test_it_gives_a_reading_token_no_source(worlds: Worlds) -> None:
    token, _ = create("--account=north", "--app=north-app")
    assert (token.source, token.scopes) == (None, ["read"])


def test_it_makes_a_token_for_a_whole_account(worlds: Worlds) -> None:
    token, _ = create("--account=north", "--scopes=admin")
    assert set(apps_for(token)) == {worlds.north.app}
    assert token.app is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--account=nobody"], "no account named nobody"),
        (["--account=north", "--app=south-app"], "no app in account north named south-app"),
        (["--account=north", "--app=north-app", "--scopes=ingest", "--source=x"], "no source"),
        (["--account=north", "--scopes=ingest"], "--app"),
        (["--account=north", "--scopes=read,write"], "Unknown scope 'write'"),
        (["--account=north", "--scopes="], "--scopes"),
        (["--account=north", "--scopes=\udcff"], "Unknown scope"),
        (["--account=", "--create"], "--account"),
        (["--account=a b", "--create"], "letters, digits"),
        (["--account=" + "a" * 33, "--create"], "letters, digits"),
        (["--account=a\x00", "--create"], "--account"),
        (["--account=a\udcff", "--create"], "--account"),
        (["--account=north", "--app=a/b", "--create"], "letters, digits"),
        (["--account=north", "--name=" + "n" * 101], "--name"),
        (
            ["--account=north", "--app=north-app", "--source=north-source", "--kind=nginx-rtmp"],
            "of kind rest",
        ),
    ],
)
def test_it_says_what_to_do_and_leaves_nothing_behind(
    worlds: Worlds, arguments: list[str], said: str
) -> None:
    assert said in refusal(*arguments)


NGINX = ("--account=acme", "--app=web", "--scopes=ingest", "--source=edge", "--kind=nginx-rtmp")
STAT = "http://user:hush@127.0.0.1:8080/stat"


def test_it_makes_a_source_that_is_polled() -> None:
    token, said = create(*NGINX, "--create", f"--poll-url={STAT}", "--interval=10")
    assert token.source is not None
    assert (token.source.poll_url, token.source.interval_s) == (STAT, 10)
    assert "hush" not in said


def test_it_sets_the_poll_address_of_a_source_that_exists() -> None:
    create(*NGINX, "--create", "--interval=10")
    token, said = create(*NGINX, f"--poll-url={STAT}")
    source = Source.objects.get()
    assert (token.source, source.poll_url, source.interval_s) == (source, STAT, 10)
    assert "Changed source edge" in said
    assert "hush" not in said


def test_it_leaves_a_sources_settings_alone_unless_told() -> None:
    create(*NGINX, "--create", f"--poll-url={STAT}", "--interval=10")
    create(*NGINX)
    source = Source.objects.get()
    assert (source.poll_url, source.interval_s) == (STAT, 10)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--poll-url=ftp://127.0.0.1/stat"], "http or https"),
        (["--poll-url="], "http or https"),
        (["--poll-url=http://127.0.0.1:x/"], "no URL"),
        (["--poll-url=http://a b/"], "percent-encode"),
        (
            ["--poll-url=http://a/" + "x" * 500, "--source=new", "--kind=nginx-rtmp", "--create"],
            "500 characters",
        ),
        (["--poll-url=http://127.0.0.1:8080/stat"], "--kind nginx-rtmp"),
        (["--poll-url=http://127.0.0.1:8080/stat", "--source=new", "--create"], "--kind nginx-rtmp"),
        (["--interval=0"], "1 to 3600"),
        (["--interval=3601"], "1 to 3600"),
    ],
)
def test_it_refuses_what_cannot_be_polled(worlds: Worlds, arguments: list[str], said: str) -> None:
    assert said in refusal("--account=north", "--app=north-app", "--scopes=ingest", *arguments)
    worlds.north.source.refresh_from_db()
    assert (worlds.north.source.poll_url, worlds.north.source.interval_s) == ("", 15)


def test_an_address_to_poll_needs_an_app(worlds: Worlds) -> None:
    assert "--app" in refusal("--account=north", f"--poll-url={STAT}")


def revoke(token: Any) -> str:
    err = StringIO()
    call_command("revoke_token", str(token), stdout=StringIO(), stderr=err)
    return err.getvalue()


def test_it_revokes_a_token_by_its_hint_its_hash_or_itself() -> None:
    arguments = ("--account=acme", "--app=web", "--create")
    first, second = create(*arguments)[0], create(*arguments)[0]
    revoke(first.hint)
    revoke(second.hash)
    _, secret = ApiToken.issue(account=first.account, scopes=["read"])
    assert secret not in revoke(secret)
    assert not ApiToken.objects.filter(revoked_at__isnull=True).exists()


@pytest.mark.parametrize("name", ["trn_none", "x\x00", "\udcff", ""])
def test_it_refuses_to_revoke_what_it_does_not_know(worlds: Worlds, name: str) -> None:
    with pytest.raises(CommandError):
        revoke(name)
    assert not ApiToken.objects.filter(revoked_at__isnull=False).exists()


def test_it_lists_tokens_that_begin_alike_instead_of_choosing(worlds: Worlds) -> None:
    ApiToken.objects.update(hint="trn_same")
    with pytest.raises(CommandError, match=worlds.north.tokens["read"].hash):
        revoke("trn_same")
