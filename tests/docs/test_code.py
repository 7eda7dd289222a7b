"""Code in the documents can be read by what it is meant for."""

import json

import pytest

from tests.docs.documents import Document, document, documents

NAMES = [found.name for found in documents()]


def compile_all(found: Document) -> None:
    for fence in found.fences("python"):
        compile(fence.code, found.name, "exec")


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles_python(name: str) -> None:
    compile_all(document(name))


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_json(name: str) -> None:
    for fence in document(name).fences("json"):
        json.loads(fence.code)


@pytest.mark.parametrize("name", NAMES)
def test_it_names_the_language_of_each_block(name: str) -> None:
    unnamed = [fence.code for fence in document(name).fences() if not fence.language]

    assert unnamed == []


def test_it_notices_python_that_does_not_compile() -> None:
    broken = document("README.md")._replace(text="```python\nprint(\n```\n")

    with pytest.raises(SyntaxError):
        compile_all(broken)
