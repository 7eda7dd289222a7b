"""Which addresses the server may be told to fetch. Only superusers and the command line set them."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError


def check_poll_url(url: str) -> None:
    """Raises ValidationError unless `url` is a plain http or https address of some host.

    Hosts of the inside are allowed: a media server's statistics page is seldom public.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValidationError("This is no URL. Example: http://127.0.0.1:8080/stat") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValidationError("Give an http or https URL with a host, such as http://127.0.0.1:8080/stat")
    if not url.isprintable() or " " in url:
        raise ValidationError("The URL holds blanks or control characters: percent-encode them.")
