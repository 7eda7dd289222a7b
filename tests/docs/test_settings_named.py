"""Settings that other documents name are in docs/settings.md."""

import re

import pytest

from tests.docs.documents import Document, document, documents

NAMES = [found.name for found in documents()]
# Of several words, or with a value; a single word in capitals may be anything. `VAR_DIR/snapshot` names one.
NAMED = re.compile(r"([A-Z]+(?:_[A-Z0-9]+)+|[A-Z]+(?==))(?:[=/].*)?")
SET_BEFORE = re.compile(r"^((?:[A-Z][A-Z0-9_]*=\S+ )+)(?:make|\.venv)", re.MULTILINE)
# They stand for a value.
OTHERS = {"YOUR_TOKEN", "READ_TOKEN", "INGEST_TOKEN"}


def settings_of(found: Document) -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)` \|", found.text, re.MULTILINE))


def named(found: Document) -> set[str]:
    inline = {match[1] for span in found.inline() if (match := NAMED.fullmatch(span))}
    code = "\n".join(fence.code for fence in found.fences("sh"))
    before = {name for group in SET_BEFORE.findall(code) for name in re.findall(r"([A-Z][A-Z0-9_]*)=", group)}
    return (inline | before) - OTHERS


@pytest.mark.parametrize("name", NAMES)
def test_it_names_settings_that_are_documented(name: str) -> None:
    assert named(document(name)) - settings_of(document("docs/settings.md")) == set()


def test_it_names_the_settings_behind_a_proxy_in_the_readme() -> None:
    behind_a_proxy = {"TRUSTED_PROXIES", "HTTPS", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"}

    assert behind_a_proxy <= named(document("README.md"))


def defaults(found: Document) -> dict[str, str]:
    """What stands in a table's second column, where that is a value. A row may be of several settings."""
    rows = re.findall(
        r"^\| ((?:`[A-Z_]+`(?:, )?)+) \| ((?:`[^`|]+`(?:, )?)+)[^|]*\|", found.text, re.MULTILINE
    )
    return {
        name: value
        for names, values in rows
        for name, value in zip(re.findall("`(.+?)`", names), re.findall("`(.+?)`", values), strict=True)
    }


def test_it_gives_the_same_defaults_in_the_readme() -> None:
    briefly, fully = defaults(document("README.md")), defaults(document("docs/settings.md"))

    assert {"PORT", "HOST", "RETENTION_DAYS"} <= set(briefly)
    assert {name: fully.get(name) for name in briefly} == briefly


@pytest.mark.parametrize("text", ["`TEA_POTS`", "`TEA_POTS=2`", "```sh\nHTTPS=yes TEA_POTS=2 make run\n```"])
def test_it_notices_a_setting_that_is_not_documented(text: str) -> None:
    found = named(document("README.md")._replace(text=text))

    assert found - settings_of(document("docs/settings.md")) == {"TEA_POTS"}
