"""The project's Markdown files, taken apart: prose, code, links, headings."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
# Not ours, or made by running: `var` and whatever a tool keeps in a folder of its own.
ELSEWHERE = {"var", "node_modules", "htmlcov"}

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


class Fence(NamedTuple):
    language: str
    code: str


class Document(NamedTuple):
    path: Path
    text: str

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def prose(self) -> str:
        """Without fenced code."""
        return _FENCE.sub("", self.text)

    def fences(self, *languages: str) -> list[Fence]:
        found = [Fence(language, code) for language, code in _FENCE.findall(self.text)]
        return [fence for fence in found if not languages or fence.language in languages]

    def inline(self) -> list[str]:
        return _INLINE.findall(self.prose)

    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    def anchors(self) -> set[str]:
        return {slug(heading) for heading in _HEADING.findall(self.prose)}

    def shell_lines(self) -> Iterator[str]:
        """Each command of the `sh` blocks on one line."""
        for fence in self.fences("sh"):
            yield from re.sub(r"\\\n\s*", "", _joined_quotes(fence.code)).splitlines()


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def documents() -> list[Document]:
    paths = [
        path
        for path in ROOT.rglob("*.md")
        if not any(part.startswith(".") or part in ELSEWHERE for part in path.relative_to(ROOT).parts)
    ]
    return [document(str(path.relative_to(ROOT))) for path in sorted(paths)]


def document(name: str) -> Document:
    path = ROOT / name
    return Document(path, path.read_text())


def words(command: str) -> list[str]:
    """A shell command's words, without its comment."""
    return shlex.split(command, comments=True)


def _joined_quotes(code: str) -> str:
    """Line breaks inside of single quotes as blanks, so that a line is a command."""
    return re.sub(r"'[^']*'", lambda quoted: re.sub(r"\n\s*", " ", quoted[0]), code)
