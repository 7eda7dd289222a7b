"""Every command that the documents name exists, and takes the options that they give it."""

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, get_commands, load_command_class
from django.core.management.base import BaseCommand

from config.embedded.cluster import PROGRAMS
from tests.conftest import requires
from tests.docs.documents import ROOT, Document, document, documents, words

NAMES = [found.name for found in documents()]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def code_of(found: Document) -> list[str]:
    return [*found.shell_lines(), *found.inline()]


def make_targets(found: Document) -> set[str]:
    return {target for line in code_of(found) for target in re.findall(r"\bmake ([a-z]+)\b", line)}


def management_commands(found: Document) -> list[list[str]]:
    """The words after `manage.py`."""
    return [
        words(inner(line)) for line in code_of(found) if re.search(r"manage\.py \w", line) and "…" not in line
    ]


def inner(line: str) -> str:
    before, _, command = line.partition("manage.py ")
    return command.rpartition(")")[0] if "$(" in before else command


def problem_with(command: list[str]) -> str:
    name, *arguments = command
    app = get_commands().get(name)
    if app is None:
        return f"there is no command {name}"
    if arguments:
        loaded = app if isinstance(app, BaseCommand) else load_command_class(app, name)
        # Prose names an option without its value.
        value = ["VALUE"] if arguments[-1].startswith("--") and takes_value(loaded, arguments[-1]) else []
        try:
            loaded.create_parser("manage.py", name).parse_args([*arguments, *value])
        except CommandError as error:
            return str(error)
    return ""


def takes_value(command: BaseCommand, option: str) -> bool:
    actions = command.create_parser("manage.py", "")._option_string_actions
    return option in actions and actions[option].nargs != 0


@pytest.mark.parametrize("name", NAMES)
def test_it_names_targets_of_the_makefile(name: str) -> None:
    assert make_targets(document(name)) - TARGETS == set()


@pytest.mark.parametrize("name", NAMES)
def test_it_names_commands_of_the_project(name: str) -> None:
    assert [found for found in map(problem_with, management_commands(document(name))) if found] == []


@pytest.mark.parametrize("name", NAMES)
def test_it_writes_what_a_shell_can_read(name: str, tmp_path: Path) -> None:
    bash = requires("bash", "bash")
    for fence in document(name).fences("sh"):
        script = tmp_path / "block.sh"
        script.write_text(fence.code)
        subprocess.run([bash, "-n", str(script)], check=True)


@pytest.mark.parametrize("program", ["pg_dump", "pg_restore"])
def test_it_backs_up_with_programs_that_come_along(program: str) -> None:
    assert f'"$PGBIN/{program}"' in document("docs/deployment.md").text
    assert (PROGRAMS / program).exists()


def test_it_says_what_both_first_commands_are() -> None:
    assert {"demo", "run", "test"} <= make_targets(document("README.md"))


@pytest.mark.parametrize(
    "text", ["`make tea`", "```sh\nmake run\nmake tea\n```", "```sh\nPORT=1 make tea  # now\n```"]
)
def test_it_notices_an_unknown_target(text: str) -> None:
    assert make_targets(document("README.md")._replace(text=text)) - TARGETS == {"tea"}


@pytest.mark.parametrize(
    "text",
    [
        "`manage.py brew`",
        "```sh\nTOKEN=$(.venv/bin/python manage.py create_token --account a --tea)\n```",
        "```sh\npython manage.py create_token \\\n  --account a --tea  # sugar\n```",
    ],
)
def test_it_notices_an_unknown_command_or_option(text: str) -> None:
    [command] = management_commands(document("README.md")._replace(text=text))

    assert problem_with(command)
