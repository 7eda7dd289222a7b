"""What a new installation starts with: somebody who may log in, an account with an app, a source, tokens."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction

from accounts.models import Account, ApiToken, App, Membership, Scope, Source, hash_token


@dataclass(frozen=True)
class Access:
    """Everything needed to try it. Secrets that exist already, and cannot be shown again, are empty."""

    base_url: str
    account_id: str
    app_id: str
    read_token: str
    ingest_token: str
    username: str
    password: str


def demo(base_url: str, path: Path) -> Access:
    """The demo's account and login. Its tokens are kept in `path` (0600): the database has only hashes."""
    known = _read(path)
    with transaction.atomic():
        account, _ = Account.objects.get_or_create(public_id="demo", defaults={"name": "Demo"})
        app, _ = App.objects.get_or_create(account=account, public_id="demo", defaults={"name": "Demo"})
        source, _ = Source.objects.get_or_create(app=app, name="Simulated audience")
        access = Access(
            base_url=base_url,
            account_id=account.public_id,
            app_id=app.public_id,
            read_token=_still_valid(known.get("read_token", "")) or _read_token(app),
            ingest_token=_still_valid(known.get("ingest_token", "")) or _ingest_token(source),
            username="demo",
            password=_ensure_login("demo", known.get("password", ""), account),
        )
    _write(path, access)
    return access


def first(base_url: str) -> Access | None:
    """A first login, account, app and tokens; None when there is a login and an account already."""
    if User.objects.exists() and Account.objects.exists():
        return None
    with transaction.atomic():
        account = Account.objects.order_by("pk").first() or Account.objects.create(
            name="Main", public_id="main"
        )
        access = Access(base_url, account.public_id, "", "", "", "", "")
        if not account.apps.exists():
            app = App.objects.create(account=account, name="Main", public_id="main")
            source = Source.objects.create(app=app, name="REST")
            access = replace(
                access, app_id=app.public_id, read_token=_read_token(app), ingest_token=_ingest_token(source)
            )
        if not User.objects.exists():
            access = replace(access, username="admin", password=_ensure_login("admin", "", account))
    return access


def _read_token(app: App) -> str:
    return ApiToken.issue(name="Reader", account=app.account, app=app, scopes=[Scope.READ])[1]


def _ingest_token(source: Source) -> str:
    app = source.app
    return ApiToken.issue(
        name=f"{source.name}", account=app.account, app=app, source=source, scopes=[Scope.INGEST]
    )[1]


def _still_valid(token: str) -> str:
    known = token and ApiToken.objects.filter(hash=hash_token(token), revoked_at=None).exists()
    return token if known else ""


def _ensure_login(username: str, password: str, account: Account) -> str:
    """The password of `username`, which is a new one unless `password` is right."""
    user = User.objects.filter(username=username).first()
    if user is None:
        password = secrets.token_urlsafe(12)
        user = User.objects.create_superuser(username, password=password)
    elif not user.check_password(password):
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.save(update_fields=["password"])
    Membership.objects.get_or_create(user=user, account=account)
    return password


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _write(path: Path, access: Access) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(access), file, indent=2)
