"""An operator ends a live session: exactly, with a trace, and nobody else's."""

import uuid

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client

from analytics.models import ViewInterval
from analytics.verify import verify
from ingest.events import Event
from tests.admin.rows import NOW
from tests.admin.shown import LIVE
from tests.analytics.signs import DAY, MINUTE, SECOND, tell, watching
from tests.worlds import World, Worlds
from viewers.models import ViewerSession

END = f"{LIVE}end/"
# No connection's weekly cut lies between it and the tests' last sign.
BEGAN = NOW - 10 * MINUTE


@pytest.fixture(autouse=True)
def at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ingest.admin.sessions", "viewers.admin.listing", "viewers.admin.filters"):
        monkeypatch.setattr(f"{module}.now_ms", lambda: NOW)


def viewer(world: World, name: str = "v", last: int = NOW - 5 * SECOND, since: int = BEGAN) -> uuid.UUID:
    tell(world.source, watching(name, since, last), now=NOW)
    return ViewerSession.objects.get(connection_id=name).pk


def end(client: Client, *ids: uuid.UUID, follow: bool = False) -> str:
    answer = client.post(END, {"chosen": [str(id) for id in ids], "confirmed": "yes"}, follow=follow)
    return answer.content.decode() if follow else answer["Location"]


def differences() -> list[str]:
    return [str(each) for each in verify()]


def test_it_asks_before_it_ends(worlds: Worlds, root: Client) -> None:
    session = viewer(worlds.north)
    page = root.post(END, {"chosen": str(session)}).content.decode()
    assert "End this session?" in page
    assert "cuts nobody off" in page
    assert "45 s" in page
    assert ViewerSession.objects.filter(pk=session).exists()


def test_it_ends_a_session_at_that_moment(worlds: Worlds, root: Client) -> None:
    session = viewer(worlds.north)
    end(root, session)
    row = ViewInterval.objects.get(connection=session)
    assert (row.started_ms, row.ended_ms, row.stop_ms, row.reason) == (BEGAN, NOW, NOW, "stop")
    assert not ViewerSession.objects.exists()
    assert differences() == []


def test_it_says_who_ended_it_and_leads_to_the_past_viewing(worlds: Worlds, root: Client) -> None:
    session = viewer(worlds.north)
    page = end(root, session, follow=True)
    assert "The session is ended, as of now." in page
    assert "Past viewing v" in page
    assert "Ended by root" in page


def test_it_keeps_an_entry_of_it(worlds: Worlds, root: Client) -> None:
    session = viewer(worlds.north)
    end(root, session)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.change_message) == (
        worlds.superuser,
        str(session),
        "Ended by an operator.",
    )
    assert entry.action_time.timestamp() * 1000 == NOW


def test_it_ends_several_of_several_accounts_at_once(worlds: Worlds, root: Client) -> None:
    sessions = [viewer(worlds.north, "a"), viewer(worlds.south, "b"), viewer(worlds.north, "c")]
    assert "3 sessions are ended" in end(root, *sessions, follow=True)
    assert ViewInterval.objects.filter(ended_ms=NOW).count() == 3
    assert differences() == []


def test_it_takes_the_end_back_when_the_player_goes_on(worlds: Worlds, root: Client) -> None:
    session = viewer(worlds.north)
    end(root, session)
    tell(worlds.north.source, Event("view.update", "v", "live", at=NOW + 10 * SECOND))
    row = ViewerSession.objects.get(pk=session)
    assert (row.started_ms, row.last_ms) == (BEGAN, NOW + 10 * SECOND)
    assert not ViewInterval.objects.exists()
    assert differences() == []


def test_it_begins_a_new_session_when_the_player_comes_later(worlds: Worlds, root: Client) -> None:
    session = viewer(worlds.north)
    end(root, session)
    tell(worlds.north.source, Event("view.update", "v", "live", at=NOW + 60 * SECOND))
    assert ViewerSession.objects.get(pk=session).started_ms == NOW + 60 * SECOND
    assert ViewInterval.objects.get(connection=session).ended_ms == NOW
    assert differences() == []


def test_it_ends_a_player_whose_clock_is_ahead_at_its_last_sign(worlds: Worlds, root: Client) -> None:
    session = viewer(worlds.north, last=NOW + 60 * SECOND)
    page = end(root, session, follow=True)
    assert ViewInterval.objects.get(connection=session).ended_ms == NOW + 60 * SECOND
    assert "Ended by root" in page
    assert differences() == []


def test_it_leaves_one_that_fell_silent_to_the_rule(worlds: Worlds, root: Client) -> None:
    session = viewer(worlds.north, last=NOW - 40 * SECOND)
    ViewerSession.objects.filter(pk=session).update(last_ms=NOW - 46 * SECOND)
    assert "fallen silent" in end(root, session, follow=True)
    assert ViewerSession.objects.filter(pk=session).exists()
    assert not LogEntry.objects.exists()


def test_it_cuts_what_it_ends_after_a_week(worlds: Worlds, root: Client) -> None:
    source = worlds.north.source
    source.heartbeats = False
    source.save()
    began = NOW - 13 * DAY
    for at in range(began, NOW, 6 * DAY):
        tell(source, Event("view.update", "v", "live", at=at), now=at)
    end(root, ViewerSession.objects.get().pk)
    pieces = ViewInterval.objects.order_by("started_ms").values_list("started_ms", "ended_ms")
    assert (pieces[0][0], pieces[len(pieces) - 1][1]) == (began, NOW)
    assert all(ended - started <= 7 * DAY for started, ended in pieces)
    assert differences() == []


def test_it_ends_no_session_of_another_account(worlds: Worlds, staff: Client) -> None:
    worlds.north.staff.user_permissions.set(Permission.objects.all())
    theirs = viewer(worlds.south)
    assert "None of them is live" in end(staff, theirs, follow=True)
    assert ViewerSession.objects.filter(pk=theirs).exists()


def test_it_lets_staff_end_sessions_of_their_own_account(worlds: Worlds, staff: Client) -> None:
    worlds.north.staff.user_permissions.set(Permission.objects.filter(codename="change_viewersession"))
    session = viewer(worlds.north)
    assert "Ended by north-staff" in end(staff, session, follow=True)


def test_it_lets_nobody_end_anything_without_the_permission(worlds: Worlds, staff: Client) -> None:
    session = viewer(worlds.north)
    assert staff.post(END, {"chosen": str(session), "confirmed": "yes"}).status_code == 403
    for page in (LIVE, f"{LIVE}{session}/change/"):
        assert END not in staff.get(page).content.decode()
    assert ViewerSession.objects.exists()


@pytest.mark.parametrize("chosen", [[], ["x"], ["\0"], [str(uuid.UUID(int=5))], ["1" * 5000]])
def test_it_answers_senseless_choices(worlds: Worlds, root: Client, chosen: list[str]) -> None:
    assert root.post(END, {"chosen": chosen, "confirmed": "yes"}).status_code == 302


def test_it_ends_nothing_by_a_link(worlds: Worlds, root: Client) -> None:
    session = viewer(worlds.north)
    assert root.get(f"{END}?chosen={session}&confirmed=yes").status_code == 405
    assert Client(enforce_csrf_checks=True).post(END).status_code in (302, 403)
    assert ViewerSession.objects.exists()


def test_it_offers_the_end_in_list_and_page(worlds: Worlds, root: Client) -> None:
    session = viewer(worlds.north)
    assert f'name="chosen" value="{session}"' in root.get(LIVE).content.decode()
    assert f'action="{END}"' in root.get(f"{LIVE}{session}/change/").content.decode()


def test_the_ledger_is_what_its_rows_add_up_to_afterwards(worlds: Worlds, root: Client) -> None:
    end(root, viewer(worlds.north))
    call_command("verify_ledger")
