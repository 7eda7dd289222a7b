from argparse import ArgumentParser
from typing import Any, NoReturn, TypeVar

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction
from django.db.models import Model

from accounts.models import Account, ApiToken, App, Scope, Source, SourceKind
from accounts.poll_urls import check_poll_url
from accounts.senders import DEFAULT_SOURCE, SENDING

Row = TypeVar("Row", bound=Model)

LONGEST_INTERVAL_S = 3600


class Command(BaseCommand):
    help = "Makes a token and prints it, once, alone on standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, metavar="ID", help="the account's public id")
        parser.add_argument(
            "--app", metavar="ID", help="the app's public id; without it, all apps can be read"
        )
        parser.add_argument(
            "--scopes", default=Scope.READ, help=f"comma-separated, of: {', '.join(Scope.values)}"
        )
        parser.add_argument("--source", metavar="NAME", help="whose events the token sends")
        parser.add_argument("--kind", choices=SourceKind.values, help="what a source made by --create is")
        parser.add_argument(
            "--poll-url",
            metavar="URL",
            help="the source's statistics page, such as http://127.0.0.1:8080/stat",
        )
        parser.add_argument(
            "--interval", type=int, metavar="SECONDS", help="between two polls of the source, or two reports"
        )
        parser.add_argument("--name", default="", help="a note on what the token is for")
        parser.add_argument("--create", action="store_true", help="make account, app and source if missing")

    def handle(self, *args: Any, **options: Any) -> None:
        for option in ("account", "app", "source", "name"):
            refuse_unprintable(option, options[option])
        scopes = parse_scopes(options["scopes"])
        try:
            with transaction.atomic():
                secret = self.issue(scopes, options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except IntegrityError:
            raise CommandError("Somebody else is making the same just now: run this again.") from None
        self.stdout.write(secret)

    def issue(self, scopes: list[str], options: dict[str, Any]) -> str:
        account = self.account(options["account"], options["create"])
        app = self.app(account, options["app"], options["create"]) if options["app"] else None
        source = self.source(app, scopes, options)
        token, secret = ApiToken.issue(
            account=account, app=app, source=source, scopes=scopes, name=options["name"]
        )
        self.note(f"Token {token.hint}… for {app or account}: it is shown only now.")
        return secret

    def account(self, public_id: str, create: bool) -> Account:
        found = Account.objects.filter(public_id=public_id).first()
        if found or not create:
            return found or refuse_missing("account", public_id)
        return self.made(Account(public_id=public_id, name=public_id))

    def app(self, account: Account, public_id: str, create: bool) -> App:
        found = account.apps.filter(public_id=public_id).first()
        if found or not create:
            return found or refuse_missing(f"app in account {account.public_id}", public_id)
        return self.made(App(account=account, public_id=public_id, name=public_id))

    def source(self, app: App | None, scopes: list[str], options: dict[str, Any]) -> Source | None:
        name, kind, settings = options["source"], options["kind"], reporting(options)
        if not name and not kind and not settings and SENDING.isdisjoint(scopes):
            return None
        if app is None:
            raise CommandError("Events belong to one app: name it with --app ID.")
        found = app.sources.filter(name=name).first() if name else only_source(app, kind)
        if found and kind and found.kind != kind:
            raise CommandError(f"Source {found.name} is of kind {found.kind}: leave --kind away.")
        if found:
            return self.changed(found, settings)
        name = name or kind or DEFAULT_SOURCE
        if not options["create"]:
            refuse_missing(f"source in app {app.public_id}", name)
        made = Source(app=app, name=name, kind=kind or SourceKind.REST, **settings)
        refuse_unpolled(made)
        return self.made(made)

    def changed(self, source: Source, settings: dict[str, Any]) -> Source:
        """The source, with those settings that were given."""
        if not settings:
            return source
        for name, value in settings.items():
            setattr(source, name, value)
        refuse_unpolled(source)
        source.full_clean()
        source.save(update_fields=list(settings))
        # Without the URL, which may hold a password.
        self.note(f"Changed source {source}: {', '.join(settings)}.")
        return source

    def made(self, row: Row) -> Row:
        row.full_clean()
        row.save()
        self.note(f"Made {row._meta.verbose_name} {row}.")
        return row

    def note(self, text: str) -> None:
        self.stderr.write(text, style_func=str)


def reporting(options: dict[str, Any]) -> dict[str, Any]:
    """How the source reports, as far as it was said. Raises CommandError and ValidationError."""
    url, interval = options["poll_url"], options["interval"]
    if url is not None:
        check_poll_url(url)
    if interval is not None and not 1 <= interval <= LONGEST_INTERVAL_S:
        raise CommandError(f"--interval must be 1 to {LONGEST_INTERVAL_S} seconds.")
    given = {"poll_url": url, "interval_s": interval}
    return {name: value for name, value in given.items() if value is not None}


def refuse_unpolled(source: Source) -> None:
    if source.poll_url and source.kind != SourceKind.NGINX_RTMP:
        raise CommandError(
            f"Source {source.name} is of kind {source.kind}, which is not polled: "
            "--poll-url needs a source of --kind nginx-rtmp."
        )


def only_source(app: App, kind: str | None) -> Source | None:
    """The one meant when none is named. Raises CommandError when that could be several."""
    sources = list(app.sources.filter(**({"kind": kind} if kind else {})).order_by("pk")[:20])
    likely = [source for source in sources if source.name == DEFAULT_SOURCE] or sources
    if len(likely) <= 1:
        return likely[0] if likely else None
    names = ", ".join(source.name for source in sources)
    raise CommandError(f"App {app.public_id} has several sources: choose with --source NAME, of: {names}")


def parse_scopes(text: str) -> list[str]:
    scopes = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    unknown = [scope for scope in scopes if scope not in Scope.values]
    if unknown or not scopes:
        wrong = f"Unknown scope {', '.join(map(ascii, unknown))}: g" if unknown else "G"
        raise CommandError(f"{wrong}ive --scopes some of {','.join(Scope.values)}")
    return scopes


def refuse_unprintable(option: str, value: str | None) -> None:
    """Arguments may hold any bytes, which the shell hands on as lone surrogates."""
    if value is not None and not value.isprintable():
        raise CommandError(f"--{option} holds characters that cannot be printed.")
    if value == "" and option != "name":
        raise CommandError(f"--{option} is empty.")
    if value is not None and len(value) > 100:
        raise CommandError(f"--{option} is longer than 100 characters.")


def refuse_missing(what: str, name: str) -> NoReturn:
    raise CommandError(f"There is no {what} named {name}. Check the spelling, or make it with --create.")
