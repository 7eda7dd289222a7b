import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import envbool, envint, envlist, envstr


@pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), ("off", False), ("FALSE", False)])
def test_it_reads_booleans(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("SWITCH", text)
    assert envbool("SWITCH", not value) is value


def test_it_takes_an_empty_variable_for_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCH", " ")
    assert envbool("SWITCH", True) is True
    assert envint("SWITCH", 7) == 7
    assert envstr("SWITCH", "x") == "x"


def test_it_names_the_variable_of_an_unreadable_boolean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCH", "maybe")
    with pytest.raises(ImproperlyConfigured, match=r"SWITCH must be one of .* it is 'maybe'"):
        envbool("SWITCH", True)


@pytest.mark.parametrize(
    ("text", "message"),
    [("many", "NUMBER must be a whole number"), ("0", "at least 1; it is 0"), ("10", "at most 9; it is 10")],
)
def test_it_refuses_a_number_out_of_bounds(monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    monkeypatch.setenv("NUMBER", text)
    with pytest.raises(ImproperlyConfigured, match=message):
        envint("NUMBER", 5, minimum=1, maximum=9)


def test_it_splits_lists_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTS", " a.example , ,b.example,")
    assert envlist("HOSTS") == ["a.example", "b.example"]


def test_it_falls_back_to_the_default_list() -> None:
    assert envlist("NOT_SET_ANYWHERE", ["localhost"]) == ["localhost"]
