"""Groups with what they stand for, and what each has open, overdue and done."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from portal.access.kinds import GroupKind, Role
from portal.accounts.models import Account, Group, Membership, Person
from portal.accounts.services import GroupFields, edit_group
from portal.cases import queries
from portal.cases.queries import Filter
from portal.foundation.errors import Incomplete, Stale
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event
from portal.presets.queries import in_force
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.stopped import StoppedClock

LATER = NOON + timedelta(days=40)
TODAY = NOON.date()
NUMBERS = re.compile(r'<a class="portal-a" href="(/staff/cases\?[^"]+)">(\d+)<')


@pytest.fixture
def clock(monkeypatch):
    return StoppedClock(monkeypatch, LATER)


@pytest.fixture
def clerk(client_for, city, clock):
    return lambda name: Clerk(client_for(city.actors[name]))


def lived(city):
    """Cases of a group, of another one, at a desk; some late, some closed, one long ago."""
    city.closed()
    city.closed(now=LATER - timedelta(days=2))
    for when in (NOON, LATER):
        city.in_hand(now=when)
        city.file(now=when)
    elsewhere = city.file(now=LATER, jurisdiction="320481")
    city.accepted(elsewhere.case_id, now=LATER, jurisdiction="320481")
    city.dispatched(elsewhere.case_id, "insp-industry", now=LATER)


def test_each_number_is_the_length_of_the_list_behind_it(city, session, clerk):
    """For each reader: counted at once for all groups, listed by the filter that the link holds."""
    lived(city)
    codes = ("insp-fire", "insp-industry", "sup-wujin", "duty-desk")
    groups = {g.id: g for g in session.scalars(select(Group).where(Group.code.in_(codes))).all()}
    seen = {}
    for name in ("lead", "other_lead", "supervisor", "supervisor_elsewhere", "dispatcher",
                 "director", "auditor", "administrator"):  # fmt: skip
        actor, preset = city.actors[name], in_force(session(), LATER)
        counted = queries.held_by_groups(session(), actor, today=LATER.date(), now=LATER)
        for group in groups.values():
            field = "desks" if group.kind is GroupKind.DESK else "groups"
            held = counted.get(group.id, queries.Held())
            for when, number in (("", held.open), ("late", held.late), ("done", held.done)):
                kept = Filter(**{field: frozenset({group.code}), "when": when})
                rows = queries.listed(session(), actor, kept, preset, now=LATER).cases
                assert len(rows) == number, (name, group.code, when)
        seen[name] = {groups[one].code: (h.open, h.late, h.done) for one, h in counted.items()}
    whole = {"insp-fire": (2, 1, 1), "insp-industry": (1, 0, 0), "duty-desk": (2, 1, 0)}
    assert seen["director"] == seen["auditor"] == whole
    assert seen["lead"] == {"insp-fire": (2, 1, 1)}
    assert seen["supervisor"] == {"insp-fire": (2, 1, 1), "duty-desk": (2, 1, 0)}
    assert seen["supervisor_elsewhere"] == {"insp-industry": (1, 0, 0)}
    assert seen["administrator"] == {}
    # And on the page: each link is opened and holds so many rows.
    director = clerk("director")
    links = NUMBERS.findall(director.go("/staff/groups").html.replace("&amp;", "&"))
    assert {int(number) for _url, number in links} == {0, 1, 2}
    for url, number in links:
        if int(number):
            rows = re.findall(r"<tr role=\"row\" data-row", director.go(url).html)
            assert len(rows) == int(number), url
    done = director.go("/staff/cases?groups=insp-fire&when=done").html
    assert "<b>1</b>closed in the last 30 days" in done


def test_who_sees_no_case_of_a_group_reads_no_nought(city, clerk):
    lived(city)
    page = clerk("lead").go("/staff/groups").html
    row = {part.split("<")[0]: part for part in page.split("data-open>")[1:]}
    assert "/staff/cases" in row["Inspection Group 5 (Fire Safety)"]
    assert "/staff/cases" not in row["Inspection Group 3 (Industry and Trade)"]
    page = clerk("administrator").go("/staff/groups").html
    assert NUMBERS.findall(page) == []
    assert "reads no cases" in page
    assert clerk("director").go(f"/staff/groups/{uuid4()}").status == 404


def test_the_list_asks_as_often_however_many_groups_there_are(city, session, clerk, app):
    asked = []
    director = clerk("director")
    director.go("/staff/groups")
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    director.go("/staff/groups")
    before = len(asked)
    with unit_of_work(session()) as own:
        for number in range(12):
            group = Group(
                id=uuid4(), code=f"insp-{number}", kind=GroupKind.INSPECTION, name_zh="组",
                name_en="Group", jurisdiction=None, sectors=["fire"], ended_on=None,
            )  # fmt: skip
            person = Person(id=uuid4(), name=f"人{number}", post="")
            own.add_all([group, person])
            own.flush()
            account = Account(
                id=uuid4(), person_id=person.id, email=f"g{number}@example.org", active=True,
                fs_uniquifier=f"g{number}", language="en", created_at=NOON,
            )  # fmt: skip
            own.add(account)
            own.flush()
            own.add(
                Membership(
                    id=uuid4(),
                    account_id=account.id,
                    role=Role.LEAD,
                    group_id=group.id,
                    starts_on=TODAY,
                )  # fmt: skip
            )
    asked.clear()
    assert "人11" in director.go("/staff/groups").html
    assert len(asked) == before


def test_an_edit_is_refused_to_whoever_saw_an_older_group(city, session, clerk):
    group = city.group("insp-fire")
    address = f"/admin/people/groups/{group}"
    first, second = clerk("administrator"), clerk("administrator")
    first.go(address)
    second.go(address)
    lead = str(city.lead.account_id)
    first.send(address, liaison_id=lead, liaison_reach="0519-1", ended_on="2027-06-30")
    assert first.status == 200
    second.send(address, liaison_reach="0519-2", remit_en="Exits alone.", starts_on="2026-11-01")
    assert second.status == 409
    for words in ("Somebody changed this group", "0519-1", "0519-2", "Exits alone."):
        assert words in second.html, words
    second.send(address)
    assert second.status == 200, "the newer one was seen now"
    session.expire_all()
    row = session.get_one(Group, group)
    assert (row.version, row.liaison_reach, row.remit_en) == (3, "0519-2", "Exits alone.")
    assert (row.remit_zh, row.liaison_id, row.ended_on) == (None, None, None), "the preset's words"
    payloads = session.scalars(select(Event.payload).order_by(Event.seq)).all()
    edits = [one for one in payloads if one.get("act") == "group_edited"]
    assert [one["fields"] for one in edits] == [
        ["ended_on", "liaison_id", "liaison_reach"],
        ["remit_en", "starts_on", "ended_on", "liaison_id", "liaison_reach"],
    ]
    assert not any(words in str(edits) for words in ("0519", "Exits"))
    assert "Exits alone." in second.go(f"/staff/groups/{group}").html
    other = f"/staff/groups/{city.group('insp-industry')}"
    assert "Inspects industry and trade" in second.go(other).html


def test_what_a_group_cannot_stand_for_is_said_at_its_field(city, session, clerk):
    group = city.group("insp-fire")
    admin = clerk("administrator")

    def edit(**given):
        with unit_of_work(session()) as own:
            edit_group(
                own, city.administrator, group, GroupFields(**given), None,
                seen=1, today=TODAY, now=NOON,
            )  # fmt: skip

    for given, field, reason in (
        ({"liaison_id": city.other_lead.account_id}, "liaison_id", "liaison_elsewhere"),
        ({"starts_on": TODAY, "ended_on": TODAY}, "ended_on", "term_in_order"),
    ):
        with pytest.raises(Incomplete) as refused:
            edit(**given)
        assert (refused.value.field, refused.value.reason) == (field, reason)
    with pytest.raises(Stale), unit_of_work(session()) as own:
        edit_group(
            own, city.administrator, group, GroupFields(), None, seen=2, today=TODAY, now=NOON
        )
    address = f"/admin/people/groups/{group}"
    admin.go(address)
    admin.send(address, starts_on="2026-12-01", ended_on="2026-12-01")
    assert admin.status == 422
    assert 'href="#ended_on"' in admin.html
    assert session.get_one(Group, group).version == 1
