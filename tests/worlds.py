"""Two accounts side by side. Whatever is asked on behalf of one must not know the other."""

from dataclasses import dataclass

from django.contrib.auth.models import User

from accounts.models import Account, ApiToken, App, Membership, Scope, Source, SourceKind

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class World:
    """One account with everything an account has. `secrets` maps each scope to a token's secret."""

    account: Account
    app: App
    source: Source
    tokens: dict[str, ApiToken]
    secrets: dict[str, str]
    account_token: ApiToken
    account_secret: str
    member: User
    staff: User

    def headers(self, scope: str = Scope.READ) -> dict[str, str]:
        """For the `headers=` of a test client's request."""
        return {"Authorization": f"Bearer {self.secrets[scope]}"}


@dataclass(frozen=True)
class Worlds:
    north: World
    south: World
    superuser: User


def make_world(name: str) -> World:
    """Account `<name>`, app `<name>-app`, source `<name>-source`, people `<name>-member`, `<name>-staff`."""
    account = Account.objects.create(public_id=name, name=name.title())
    app = App.objects.create(public_id=f"{name}-app", account=account, name=f"{name.title()} app")
    source = Source.objects.create(app=app, name=f"{name}-source", kind=SourceKind.REST)
    issued = {
        str(scope): ApiToken.issue(
            account=account, app=app, source=source, scopes=[str(scope)], name=f"{name} {scope}"
        )
        for scope in Scope
    }
    account_token, account_secret = ApiToken.issue(
        account=account, scopes=[str(Scope.READ)], name=f"{name} account"
    )
    return World(
        account=account,
        app=app,
        source=source,
        tokens={scope: token for scope, (token, _) in issued.items()},
        secrets={scope: secret for scope, (_, secret) in issued.items()},
        account_token=account_token,
        account_secret=account_secret,
        member=_person(f"{name}-member", account, is_staff=False),
        staff=_person(f"{name}-staff", account, is_staff=True),
    )


def two_worlds() -> Worlds:
    return Worlds(
        north=make_world("north"),
        south=make_world("south"),
        superuser=User.objects.create_superuser("root", password=PASSWORD),
    )


def _person(username: str, account: Account, is_staff: bool) -> User:
    user = User.objects.create_user(username, password=PASSWORD, is_staff=is_staff)
    Membership.objects.create(user=user, account=account)
    return user
