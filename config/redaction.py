"""Keeps secrets and addresses out of the log, wherever in a record they stand."""

import ipaddress
import logging
import re

HIDDEN = "[hidden]"
# Tokens that stand in a path because a player or server cannot send headers; links that open by themselves.
PATH_TOKEN = re.compile(r"(/(?:in|embed)/)[^/\s?\"']+")
QUERY_SECRET = re.compile(r"(?i)([?&](?:token|key|api_key|apikey|secret|password|signature)=)[^&\s\"']+")
HEADER_SECRET = re.compile(r"(?i)\b((?:bearer|x-api-key:?|authorization:?(?:\s+bearer)?)\s+)[^\s\"',;]+")
URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s@]+(@)")
ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w])"
)


def redact(text: str) -> str:
    text = PATH_TOKEN.sub(rf"\1{HIDDEN}", text)
    text = QUERY_SECRET.sub(rf"\1{HIDDEN}", text)
    text = HEADER_SECRET.sub(rf"\1{HIDDEN}", text)
    text = URL_PASSWORD.sub(rf"\1{HIDDEN}\2", text)
    return ADDRESS.sub(_hide_address, text)


def _hide_address(match: re.Match[str]) -> str:
    try:
        address = ipaddress.ip_address(match[0])
    except ValueError:
        # A time of day, a version: not an address.
        return match[0]
    return match[0] if address.is_loopback or address.is_unspecified else HIDDEN


class WithoutHealth(logging.Filter):
    """Drops what Django says of each failing /healthz: whoever asks it, asks every few seconds."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(getattr(record, "request", None), "path", "") != "/healthz"


class RedactingFormatter(logging.Formatter):
    """A formatter and no filter: a filter sees neither the formatted message nor the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
