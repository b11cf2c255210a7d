"""The SQL twin of each rule against the rule itself, for every actor, action and row."""

import itertools
from secrets import token_bytes
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.access.kinds import ANYONE, Action, Actor, GroupKind, Role
from portal.access.policy import POLICY, may
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.queries import case_of, page, waiting_count
from portal.cases.services import file_report
from portal.cases.visibility import IN_SQL, visible_to
from portal.foundation.errors import NotFound
from portal.foundation.transaction import unit_of_work
from portal.reports.lifecycle import File
from tests.support.city import NOON


def mixed_cases(city):
    """Cases in several states, jurisdictions and groups, merged, and with a task book."""
    elsewhere = {"jurisdiction": "320481"}
    received = city.file()
    hidden = hidden_case(city)
    nowhere = city.file(jurisdiction=None)
    in_hand = city.in_hand()
    by_supervision = city.file()
    city.accepted(by_supervision.case_id)
    city.dispatched(by_supervision.case_id, "sup-wujin")
    far = city.file(**elsewhere)
    city.accepted(far.case_id, **elsewhere)
    city.dispatched(far.case_id, "insp-industry")
    booked = city.in_hand()
    book = city.book(booked.case_id, city.inspected(booked.case_id))
    merged = city.file()
    city.move(city.dispatcher, c.Merge, merged.case_id, into_id=received.case_id)
    closed = city.closed()
    filed = [received, hidden, nowhere, in_hand, by_supervision, far, booked, merged, closed]
    return filed, book


def hidden_case(city):
    """A case that does not exist for a group, for one of its handlers, and for a dispatcher."""
    who = [city.group("sup-wujin"), city.lead.person_id, city.second_dispatcher.person_id]
    report = File(text="试试看", place="某处", jurisdiction="320412")
    with unit_of_work(city.session) as session:
        nonce = token_bytes(16)
        filed = file_report(session, ANYONE, report, nonce=nonce, now=NOON, hidden_from=who)
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    return filed


def everybody(city, filed, book):
    """Actors of every role, with every mixture of what they may belong to."""
    groups = [(None, None, None)] + [
        (city.group(code), kind, place)
        for code, kind, place in (
            ("duty-desk", GroupKind.DESK, None),
            ("insp-fire", GroupKind.INSPECTION, None),
            ("insp-industry", GroupKind.INSPECTION, None),
            ("sup-wujin", GroupKind.SUPERVISION, "320412"),
            ("sup-liyang", GroupKind.SUPERVISION, "320481"),
            ("sup-wujin", GroupKind.SUPERVISION, None),
            ("insp-fire", GroupKind.INSPECTION, "320412"),
        )
    ]
    for role, (group, kind, place) in itertools.product(Role, groups):
        yield Actor(role=role, group_id=group, group_kind=kind, jurisdiction=place)
    for name in ("lead", "member", "second_dispatcher", "supervisor"):
        yield city.actors[name]
    for role in (Role.REPORTER, Role.UNIT):
        for report in (None, uuid4(), *(one.report_id for one in filed)):
            yield Actor(role=role, report_id=report)
        for task_book in (uuid4(), book.id):
            yield Actor(role=role, task_book_id=task_book)


def test_every_rule_of_the_policy_has_a_twin():
    assert set(POLICY.values()) - set(IN_SQL) == set()


@pytest.mark.trap(39)
@pytest.mark.promise(3)
def test_the_rule_in_sql_says_of_every_row_what_the_rule_says(city, session):
    filed, book = mixed_cases(city)
    rows = session.scalars(select(Case)).all()
    assert len(rows) == len(filed)
    asked = {}
    for actor in everybody(city, filed, book):
        for action in Action:
            rule = POLICY.get((actor.role, action))
            key = (rule, actor)
            if key not in asked:
                asked[key] = set(session.scalars(select(Case.id).where(visible_to(actor, action))))
            said = {row.id for row in rows if may(actor, action, row)}
            assert asked[key] == said, (actor, action)
    assert any(asked.values())
    assert not all(asked.values())


@pytest.mark.trap(39)
def test_what_is_listed_is_what_can_be_opened_and_what_is_counted(city, session):
    filed, book = mixed_cases(city)
    for actor in everybody(city, filed, book):
        listed = {row.id for row in page(session(), actor, limit=100)}
        opened = set()
        for one in filed:
            try:
                opened.add(case_of(session(), actor, one.case_id).id)
            except NotFound:
                continue
        assert listed == opened, actor
        received = {row.id for row in page(session(), actor, Case.state == "received", limit=100)}
        assert waiting_count(session(), actor) == len(received)


def test_pages_by_key_lose_and_repeat_nothing(city, session):
    for _ in range(7):
        city.file()
    seen, after = [], None
    while rows := page(session(), city.dispatcher, after=after, limit=3):
        seen += [row.id for row in rows]
        after = (rows[-1].next_due_sort, rows[-1].id)
    assert len(seen) == len(set(seen)) == 7
    assert city.file(now=NOON).case_id not in seen
