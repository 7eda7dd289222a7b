"""Reads settings from the environment. A value that cannot be read stops the start, naming its variable."""

import os

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def envstr(name: str, default: str = "") -> str:
    """An empty variable counts as unset: that is how compose files and CI systems say "no value"."""
    return os.environ.get(name, "").strip() or default


def envbool(name: str, default: bool) -> bool:
    value = envstr(name).lower()
    if not value:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be one of 1, true, yes, on, 0, false, no, off; it is {value!r}.")


def envint(name: str, default: int, minimum: int | None = None, maximum: int | None = None) -> int:
    value = envstr(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number; it is {value!r}.") from None
    if minimum is not None and number < minimum:
        raise ImproperlyConfigured(f"{name} must be at least {minimum}; it is {number}.")
    if maximum is not None and number > maximum:
        raise ImproperlyConfigured(f"{name} must be at most {maximum}; it is {number}.")
    return number


def envchoice(name: str, choices: list[str], default: str) -> str:
    value = envstr(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}; it is {value!r}.")
    return value


def envlist(name: str, default: list[str] | None = None) -> list[str]:
    """Comma-separated; blanks around the items, and empty items, are dropped."""
    items = [item.strip() for item in envstr(name).split(",")]
    return [item for item in items if item] or list(default or [])
