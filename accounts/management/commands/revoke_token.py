from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiToken, hash_token


class Command(BaseCommand):
    help = "Revokes a token, from the next request on. Its row is kept, to tell when it was last used."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "token", help="its first 8 characters as the admin shows them, its hash, or itself"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        given = options["token"]
        if not given.isprintable():
            raise CommandError("A token holds only letters, digits, hyphens and underscores.")
        named = Q(hint=given.rstrip("…")) | Q(hash=given) | Q(hash=hash_token(given))
        living = list(ApiToken.objects.select_related("account").filter(named, revoked_at__isnull=True)[:10])
        if not living:
            raise CommandError("No living token is so named: see the admin's list of tokens.")
        if len(living) > 1:
            listed = "\n".join(f"  {token.hash}  {token} of {token.account}" for token in living)
            raise CommandError(f"Several tokens begin so. Name one by its hash:\n{listed}")
        ApiToken.objects.filter(pk=living[0].pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
        self.stderr.write(f"Revoked {living[0]} of {living[0].account}.", style_func=str)
