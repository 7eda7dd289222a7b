"""Every relative link leads somewhere."""

import pytest

from tests.docs.documents import Document, document, documents

NAMES = [found.name for found in documents()]


def missing(source: Document) -> list[str]:
    return [link for link in source.links() if "://" not in link and not leads_somewhere(source, link)]


def leads_somewhere(source: Document, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (source.path.parent / path).resolve() if path else source.path
    if not target.exists():
        return False
    return not anchor or anchor in Document(target, target.read_text()).anchors()


def test_it_finds_the_documents() -> None:
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/architecture.md"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_links_to_files_and_headings_that_exist(name: str) -> None:
    assert missing(document(name)) == []


@pytest.mark.parametrize("link", ["docs/nowhere.md", "#no-such-heading", "docs/settings.md#no-such-heading"])
def test_it_notices_a_broken_link(link: str) -> None:
    source = document("README.md")._replace(text=f"[there](LICENSE) [and not there]({link})")

    assert missing(source) == [link]
