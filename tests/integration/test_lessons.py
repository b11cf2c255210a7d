"""Lessons: drafted from closed cases, read by another person, published, back where needed."""

from dataclasses import replace
from datetime import timedelta
from secrets import token_bytes
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.access.kinds import ANYONE
from portal.cases import services
from portal.cases.kinds import Finding
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.queries import (
    alike_units,
    effect_of,
    lesson_of,
    lessons_listed,
    names_in,
    suggested_lessons,
)
from portal.cases.queries import reach as reached
from portal.cases.services import Seen, begin_visit, file_report
from portal.foundation.errors import Incomplete, NotAllowed, NotFound, OutOfTurn
from portal.foundation.transaction import unit_of_work
from portal.history.models import Text
from portal.inspections.kinds import Result
from portal.inspections.queries import draft_of
from portal.inspections.services import Entry, enter
from portal.inspections.services import begin as begin_inspection
from portal.lessons import queries
from portal.lessons.kinds import LessonState, Like, Naming
from portal.lessons.lifecycle import (
    Conditions,
    Draft,
    Known,
    Matter,
    Wording,
    conditions_of,
    markings,
    suggest,
    unanswered,
)
from portal.lessons.models import Lesson, LessonSweep
from portal.notices.models import Notice
from portal.plans.lifecycle import Wish
from portal.plans.queries import drawn_rows
from portal.plans.services import publish_plan
from portal.presets.checklists import checklist
from portal.presets.queries import in_force
from portal.reports.lifecycle import File
from portal.units.services import declare_tie
from tests.support.city import NOON, PLACE, TEXT
from tests.support.clerk import Clerk
from tests.support.staff import each_request_alone
from tests.support.stopped import StoppedClock

DAY = timedelta(days=1)
SAID = {
    "problem": "疏散门夜里上锁",
    "done": "换装推杠锁",
    "effect": "6 樘门全部换好",
    "fits": "有夜班的厂房",
}
UNIT = {"sector": "fire", "jurisdiction": "320412", "township": "320412.hutang", "size": "small"}


class Learning:
    """A city with a closed case, and short ways to what is learnt from it."""

    def __init__(self, city):
        self.city, self.session = city, city.session
        self.case = city.put_right().case_id

    @property
    def preset(self):
        return in_force(self.session, NOON)

    def true_case(self, *, now=NOON, hidden_from=(), unit_id=None, close=False):
        """A case that was found true, maybe hidden from somebody, maybe closed."""
        city, said = self.city, File(text=TEXT, place=PLACE, jurisdiction="320412")
        with unit_of_work(self.session) as session:
            filed = file_report(
                session, ANYONE, said, nonce=token_bytes(16), now=now, hidden_from=hidden_from
            )
        case_id, report_id = filed.case_id, filed.report_id
        city.accepted(case_id, now=now, unit_id=unit_id)
        city.dispatched(case_id, now=now)
        city.move(city.lead, c.SignFor, case_id, now=now)
        finding = Finding.NOT_TRUE if close else Finding.TRUE
        city.move(city.lead, c.Verify, case_id, finding=finding, reason="看过", now=now)
        if close:
            city.move(city.lead, c.Conclude, case_id, answers=((report_id, "没有"),), now=now)
            ended = {"lesson_considered": True, "reason": "无", "now": now}
            city.move(city.lead, c.Close, case_id, **ended)
        return case_id

    def hidden(self, who):
        return self.true_case(hidden_from=who, close=True)

    def given(self, *, said=None, conditions=None, **changes):
        conditions = conditions or Conditions(sectors=frozenset({"fire"}))
        fields = {"title": "推杠锁", "kept": (), **changes}
        wording = Wording(title=fields["title"], said=said or SAID, kept=fields["kept"])
        return Draft(
            kind="experience_summary",
            wording=wording,
            conditions=conditions,
            language="zh_Hans_CN",
            category="fire.exit_blocked",
            sector="fire",
        )

    def draft(self, actor=None, *, cases=None, **changes):
        actor = actor or self.city.member
        with unit_of_work(self.session) as session:
            given = self.given(**changes)
            return services.draft_lesson(
                session, actor, given, cases or [self.case], self.preset, now=NOON
            )

    def do(self, act, actor, lesson, *words, now=NOON, seen=None):
        with unit_of_work(self.session) as session:
            version = seen or queries.lesson(session, lesson).version
            act(session, actor, Seen(lesson, version), *words, self.preset, now=now)

    def handed_in(self, **changes):
        lesson = self.draft(**changes)
        self.do(services.hand_in_lesson, self.city.member, lesson)
        return lesson

    def read(self, **changes):
        lesson = self.handed_in(**changes)
        self.do(services.pass_lesson, self.city.second_member, lesson)
        return lesson

    def published(self, **changes):
        lesson = self.read(**changes)
        self.do(services.publish_lesson, self.city.director, lesson, "")
        return lesson

    def state(self, lesson):
        self.session.expire_all()
        return queries.lesson(self.session, lesson).state

    def acts(self, lesson):
        return [one.payload["act"] for one in queries.acts_of(self.session, lesson)]

    def suggested(self, case_id):
        case = self.session.get_one(Case, case_id, populate_existing=True)
        return {one.id: one for one in suggested_lessons(self.session, case, self.preset)}

    def sweep(self, lesson, actor=None, **changes):
        actor = actor or self.city.director
        fields = {"kind": "special", "title": "相似排查", "checklist": "FIRE-DORM"}
        days = {"starts_on": NOON.date(), "ends_on": NOON.date() + 30 * DAY}
        wish = Wish(**{**fields, **days, "group_ids": (self.city.lead.group_id,), **changes})
        with unit_of_work(self.session) as session:
            return services.sweep_lesson(session, actor, lesson, wish, self.preset, now=NOON)


@pytest.fixture
def learning(city):
    return Learning(city)


def twin(learning, actor):
    """The same person by another account, in the same group."""
    return replace(learning.city.second_member, person_id=actor.person_id)


def test_every_step_is_an_event_and_the_words_lie_in_texts(learning):
    city, lesson = learning.city, learning.draft()
    learning.do(services.hand_in_lesson, city.member, lesson)
    learning.do(services.send_lesson_back, city.lead, lesson, "再写具体些")
    learning.do(services.edit_lesson, city.member, lesson, learning.given(title="推杠锁二"))
    learning.do(services.hand_in_lesson, city.member, lesson)
    learning.do(services.pass_lesson, city.lead, lesson)
    learning.do(services.publish_lesson, city.director, lesson, "")
    learning.do(services.withdraw_lesson, city.director, lesson, "认得出是哪家")
    assert learning.acts(lesson) == [
        *("drafted", "handed_in", "sent_back", "edited", "handed_in", "read"),
        *("published", "withdrawn"),
    ]
    payloads = str([one.payload for one in queries.acts_of(learning.session, lesson)])
    for words in ("推杠锁", "再写具体些", "认得出"):
        assert words not in payloads
        assert learning.session.scalar(select(Text.id).where(Text.body.contains(words)))
    notices = learning.session.execute(select(Notice.event, Notice.receiver)).all()
    told = {tuple(row) for row in notices if row.event.startswith("lesson_")}
    assert told == {
        ("lesson_handed_in", "reviewers"),
        ("lesson_sent_back", "handler"),
        ("lesson_read", "director"),
        ("lesson_published", "handler"),
    }


def test_whoever_wrote_on_it_cannot_read_it_whatever_account_they_use(learning):
    city, lesson = learning.city, learning.handed_in()
    for actor in (city.member, twin(learning, city.member)):
        with pytest.raises(OutOfTurn, match="lesson_own"):
            learning.do(services.pass_lesson, actor, lesson)
        with pytest.raises(OutOfTurn, match="lesson_own"):
            learning.do(services.send_lesson_back, actor, lesson, "改")
    # Whoever edited it has written on it as well.
    learning.do(services.edit_lesson, city.second_member, lesson, learning.given())
    learning.do(services.hand_in_lesson, city.member, lesson)
    with pytest.raises(OutOfTurn, match="lesson_own"):
        learning.do(services.pass_lesson, city.second_member, lesson)
    learning.do(services.pass_lesson, city.lead, lesson)
    assert learning.state(lesson) is LessonState.READ


def test_an_edit_after_reading_needs_reading_again(learning):
    city, lesson = learning.city, learning.read()
    learning.do(services.edit_lesson, city.member, lesson, learning.given(title="别的"))
    assert learning.state(lesson) is LessonState.DRAFT
    assert queries.lesson(learning.session, lesson).read_by is None
    with pytest.raises(OutOfTurn, match="lesson_not_now"):
        learning.do(services.publish_lesson, city.director, lesson, "")


def test_only_a_director_publishes_and_withdraws(learning):
    city, lesson = learning.city, learning.read()
    for actor in (city.lead, city.member, city.auditor, city.dispatcher, city.administrator):
        for act, word in ((services.publish_lesson, ""), (services.withdraw_lesson, "错")):
            with pytest.raises(NotAllowed):
                learning.do(act, actor, lesson, word)
    learning.do(services.publish_lesson, city.director, lesson, "")
    with pytest.raises(Incomplete, match="lesson_reason_missing"):
        learning.do(services.withdraw_lesson, city.director, lesson, " ")
    with pytest.raises(OutOfTurn, match="lesson_not_now"):
        learning.do(services.edit_lesson, city.member, lesson, learning.given())


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(learning):
    city, lesson = learning.city, learning.handed_in()
    for act, actor, words in (
        (services.pass_lesson, city.second_member, ()),
        (services.edit_lesson, city.member, (learning.given(),)),
    ):
        with pytest.raises(OutOfTurn, match="lesson_moved_on"):
            learning.do(act, actor, lesson, *words, seen=1)


def test_a_draft_that_names_a_person_is_kept_and_published_only_with_a_reason(learning):
    city = learning.city
    lesson = learning.read(said={**SAID, "done": "王建国师傅换装了推杠锁"})
    with pytest.raises(Incomplete, match="lesson_words_unanswered") as lack:
        learning.do(services.publish_lesson, city.director, lesson, " ")
    assert lack.value.field == "in_spite"
    learning.do(services.publish_lesson, city.director, lesson, "本人同意署名")
    one = queries.lesson(learning.session, lesson)
    assert queries.said_of(learning.session, one)["in_spite"] == "本人同意署名"
    last = queries.acts_of(learning.session, lesson)[-1]
    assert last.payload["unanswered"] > 0


def test_words_that_the_author_says_may_stay_need_no_reason(learning):
    said = {**SAID, "done": "按王建国师傅的办法换装推杠锁"}
    found = learning.draft(said=said)
    one = lesson_of(learning.session, learning.city.member, found)
    wording = queries.wordings(learning.session, [one])[found]
    names = names_in(learning.session, [learning.case], services.words_of(wording))
    kept = tuple(mark.words for mark in unanswered(wording, names))
    assert kept
    learning.published(said=said, kept=kept)


@pytest.mark.trap(28)
def test_the_reporters_words_the_unit_and_its_address_are_pointed_out(learning):
    other = learning.city.unit("青枫示例机械厂（虚构）")
    assert other
    case = learning.session.get_one(Case, learning.case)
    own = learning.session.execute(
        text("SELECT name, address FROM units WHERE id = :id"), {"id": case.unit_id}
    ).one()
    said = f"{TEXT} {own.name} 青枫示例机械厂（虚构） 纸箱路 18 号二楼"
    names = names_in(learning.session, [learning.case], said)
    kinds = {one.kind for one in markings(said, names)}
    assert {Naming.REPORTER, Naming.UNIT, Naming.ADDRESS} <= kinds
    units = [one.words for one in markings(said, names) if one.kind is Naming.UNIT]
    assert "青枫示例机械厂（虚构）" in units


def test_a_lesson_is_drafted_only_from_closed_cases_that_one_may_see(learning):
    city = learning.city
    with pytest.raises(OutOfTurn, match="lesson_case_open"):
        learning.draft(cases=[city.in_hand().case_id])
    with pytest.raises(NotFound):
        learning.draft(city.other_member)
    with pytest.raises((NotFound, NotAllowed)):
        learning.draft(city.auditor)
    with pytest.raises(NotFound):
        learning.draft(cases=[learning.case, uuid4()])
    hidden = learning.hidden([city.member.person_id])
    with pytest.raises(NotFound):
        learning.draft(cases=[learning.case, hidden])
    learning.draft(city.second_member, cases=[learning.case, hidden])


def test_a_tie_to_the_unit_keeps_from_drafting_and_from_the_draft(learning):
    city, lesson = learning.city, learning.draft()
    unit_id = learning.session.get_one(Case, learning.case).unit_id
    with unit_of_work(learning.session) as session:
        declare_tie(
            session, city.second_member, person_id=city.second_member.person_id,
            unit_id=unit_id, kind="other", now=NOON,
        )  # fmt: skip
    with pytest.raises(OutOfTurn, match="lesson_tied"):
        learning.draft(city.second_member)
    with pytest.raises(NotFound):
        lesson_of(learning.session, city.second_member, lesson)
    assert lesson_of(learning.session, city.lead, lesson)


@pytest.mark.trap(39)
def test_a_draft_exists_only_for_who_may_read_all_of_its_cases(learning):
    city, lesson = learning.city, learning.draft()
    may = {"lead", "member", "second_member", "supervisor", "director", "auditor"}
    for name, actor in city.actors.items():
        shown = {one.lesson.id for one in lessons_listed(learning.session, actor)}
        if name in may:
            assert lesson_of(learning.session, actor, lesson).id == lesson
            assert shown == {lesson}, name
        else:
            with pytest.raises(NotFound):
                lesson_of(learning.session, actor, lesson)
            assert shown == set(), name
    learning.do(services.hand_in_lesson, city.member, lesson)
    learning.do(services.pass_lesson, city.lead, lesson)
    learning.do(services.publish_lesson, city.director, lesson, "")
    for name in ("other_member", "dispatcher", "supervisor_elsewhere"):
        assert lesson_of(learning.session, city.actors[name], lesson)
    learning.do(services.withdraw_lesson, city.director, lesson, "认得出")
    for name in ("other_member", "dispatcher"):
        with pytest.raises(NotFound):
            lesson_of(learning.session, city.actors[name], lesson)


def test_rows_of_lessons_are_never_deleted_and_wordings_never_change(learning, city):
    lesson = learning.published()
    for statement in (
        "DELETE FROM lessons",
        "UPDATE lesson_wordings SET written_by = gen_random_uuid()",
        "DELETE FROM lesson_cases",
        "UPDATE lessons SET state = 'published', published_at = NULL",
        "UPDATE lessons SET read_by = NULL",
    ):
        with pytest.raises(DBAPIError), unit_of_work(learning.session) as session:
            session.execute(text(statement))
        learning.session.rollback()
    assert learning.state(lesson) is LessonState.PUBLISHED


def test_a_lesson_comes_back_where_a_case_looks_alike_with_its_reason(learning):
    city, lesson = learning.city, learning.published()
    alike = city.in_hand().case_id
    assert learning.suggested(alike)[lesson].why == (Like.CATEGORY, Like.SECTOR)
    other = city.in_hand(category="gas.leak_alarm").case_id
    assert lesson not in learning.suggested(other)
    # Not at the case from which it was learnt.
    assert learning.suggested(learning.case) == {}


def test_the_database_chooses_those_that_the_rule_chooses_of_all(learning):
    """Of many lessons the page reads the best few: the same, in the same order, by one rule."""
    city, session = learning.city, learning.session
    first = learning.published()
    with unit_of_work(session) as own:
        model = own.get_one(Lesson, first)
        columns = {c.key: getattr(model, c.key) for c in Lesson.__table__.columns}
        for number in range(24):
            sectors = ("fire",) if number % 2 else ("gas",)
            items = ("FIRE-DORM/F01",) if number % 3 == 0 else ()
            changed = {
                "id": UUID(int=number + 1),
                "category": (None, "fire.exit_blocked", "gas.leak_alarm")[number % 5 % 3],
                "conditions": Conditions(
                    sectors=frozenset(sectors), items=frozenset(items)
                ).as_data(),
                # Two and two at the same moment: then the id decides.
                "published_at": NOON - (number // 2 * 7 % 5) * DAY,
            }
            own.add(Lesson(**columns | changed))
    case_id = city.in_hand().case_id
    with unit_of_work(session) as own:
        by = city.member.person_id
        begin_inspection(own, case_id, checklist(own, "FIRE-DORM"), by=by, now=NOON)
        draft = draft_of(own, case_id).id
        enter(own, draft, "F01", Entry(result=Result.FAIL, note="锁住"), seen=0, by=by, now=NOON)
    rows = session.scalars(select(Lesson)).all()
    known = [
        Known(id=one.id, conditions=conditions_of(one.conditions), category=one.category,
              order=one.published_at.timestamp())
        for one in rows
    ]  # fmt: skip
    matter = Matter(sector="fire", category="fire.exit_blocked", items=frozenset({"FIRE-DORM/F01"}))
    case = session.get_one(Case, case_id, populate_existing=True)
    for most in (1, 3, 10):
        settings = replace(learning.preset.city.settings, lessons_shown=most)
        preset = replace(learning.preset, city=replace(learning.preset.city, settings=settings))
        found = [(one.id, tuple(one.why)) for one in suggested_lessons(session, case, preset)]
        wanted = [(one.id, why) for one, why in suggest(known, matter, most=most)]
        assert found == wanted


def test_a_failed_item_of_an_inspection_under_way_is_the_first_reason(learning):
    city = learning.city
    lesson = learning.published()
    with unit_of_work(learning.session) as session:
        one = session.get_one(Lesson, lesson)
        one.conditions = {**one.conditions, "items": ["FIRE-DORM/F01"], "sectors": []}
        one.category = None
    case_id = city.in_hand(category="gas.leak_alarm").case_id
    with unit_of_work(learning.session) as session:
        by = city.member.person_id
        begin_inspection(session, case_id, checklist(session, "FIRE-DORM"), by=by, now=NOON)
    assert learning.suggested(case_id) == {}
    with unit_of_work(learning.session) as session:
        draft = draft_of(session, case_id).id
        entry = Entry(result=Result.FAIL, note="锁住")
        enter(session, draft, "F01", entry, seen=0, by=by, now=NOON)
    assert learning.suggested(case_id)[lesson].why == (Like.ITEM,)


def test_a_withdrawn_lesson_is_neither_suggested_nor_public_and_says_so(learning, app):
    city, lesson = learning.city, learning.published()
    case_id = city.in_hand().case_id
    visitor = app.test_client()
    page = visitor.get(f"/open/lessons/{lesson}?lang=en")
    assert page.status_code == 200 and "推杠锁" in page.text
    assert "member" not in page.text and "insp" not in page.text
    assert visitor.get("/open/lessons.atom").text.count("<entry ") == 1
    assert "推杠锁" in visitor.get("/open/lessons.csv").text
    learning.do(services.withdraw_lesson, city.director, lesson, "认得出是哪家")
    assert learning.suggested(case_id) == {}
    page = visitor.get(f"/open/lessons/{lesson}?lang=en")
    assert page.status_code == 410
    assert "This lesson was withdrawn" in page.text
    for address in (f"/open/lessons/{lesson}", "/open/lessons", "/open/lessons.csv"):
        assert "推杠锁" not in visitor.get(address).text
    assert "推杠锁" not in visitor.get("/open/lessons.atom").text
    with pytest.raises(NotFound), unit_of_work(learning.session) as session:
        services.judge_lesson(session, city.lead, lesson, case_id, "used", now=NOON)


def test_what_is_not_published_does_not_exist_for_the_public(learning, app):
    lesson = learning.read()
    visitor = app.test_client()
    assert visitor.get(f"/open/lessons/{lesson}").status_code == 404
    assert visitor.get(f"/open/lessons/{uuid4()}").status_code == 404
    assert "推杠锁" not in visitor.get("/open/lessons").text


def test_a_group_says_whether_it_was_used_and_the_last_word_counts(learning):
    city, lesson = learning.city, learning.published()
    case_id = city.in_hand().case_id

    def judge(actor, verdict):
        with unit_of_work(learning.session) as session:
            services.judge_lesson(session, actor, lesson, case_id, verdict, now=NOON)

    judge(city.member, "not_fitting")
    judge(city.lead, "used")
    one = lesson_of(learning.session, city.director, lesson)
    found = effect_of(learning.session, city.director, one, learning.preset)
    assert (found.used, found.not_fitting) == (1, 0)
    hidden = effect_of(learning.session, city.other_lead, one, learning.preset)
    assert (hidden.used, hidden.not_fitting) == (0, 0)
    for actor, verdict, error in (
        (city.supervisor, "used", NotAllowed),
        (city.other_lead, "used", NotFound),
        (city.director, "used", NotAllowed),
        (city.lead, "maybe", Incomplete),
    ):
        with pytest.raises(error):
            judge(actor, verdict)
    assert learning.acts(lesson)[-2:] == ["judged", "judged"]


def test_a_sweep_becomes_a_plan_that_says_of_each_unit_what_it_shares(learning):
    city = learning.city
    conditions = Conditions(sectors=frozenset({"fire"}), places=frozenset({"320412"}))
    lesson = learning.published(conditions=conditions)
    near = city.unit("近处的厂（虚构）", **UNIT)
    far = city.unit("远处的厂（虚构）", **{**UNIT, "jurisdiction": "320481", "township": None})
    city.unit("别的行业（虚构）", **{**UNIT, "sector": "gas"})
    with unit_of_work(learning.session) as session:  # its own unit had it: it is not swept
        own = session.get_one(Case, learning.case).unit_id
        where = "UPDATE units SET sector = 'fire', jurisdiction = '320412' WHERE id = :own"
        session.execute(text(where), {"own": own})
    one = lesson_of(learning.session, city.director, lesson)
    found = {
        u.id: u.why for u in alike_units(learning.session, city.director, one, learning.preset)
    }
    assert found == {near: (Like.SECTOR, Like.PLACE)}
    assert far not in found
    plan = learning.sweep(lesson)
    kept = learning.session.get_one(LessonSweep, plan)
    assert kept.why == {str(near): ["sector", "place"]}
    with unit_of_work(learning.session) as session:
        publish_plan(session, city.director, plan, learning.preset, now=NOON)
    assert [row.unit_id for row in drawn_rows(learning.session, plan)] == [near]
    assert learning.acts(lesson)[-1] == "swept"
    by_reach = reached(learning.session, city.director, learning.preset)
    assert [(r.lesson.id, r.units, r.planned) for r in by_reach] == [(lesson, 1, 1)]


def test_a_sweep_is_refused_where_nothing_looks_alike_and_to_whom_it_is_not(learning):
    city, lesson = learning.city, learning.published()
    with pytest.raises(Incomplete, match="lesson_none_alike"):
        learning.sweep(lesson)
    city.unit("近处的厂（虚构）", **UNIT)
    with pytest.raises(NotAllowed):
        learning.sweep(lesson, city.member)
    with pytest.raises(Incomplete, match="plan_groups_foreign"):
        learning.sweep(lesson, city.other_lead)
    with pytest.raises((OutOfTurn, NotFound)):
        learning.sweep(learning.draft())
    assert learning.session.scalars(select(LessonSweep)).all() == []


@pytest.mark.trap(39)
def test_an_unannounced_sweep_is_known_only_to_whom_its_plan_concerns(learning):
    city, lesson = learning.city, learning.published()
    city.unit("近处的厂（虚构）", **UNIT)
    learning.sweep(lesson, kind="unannounced")
    one = lesson_of(learning.session, city.director, lesson)
    seen = {
        name: effect_of(learning.session, city.actors[name], one, learning.preset).plans
        for name in ("lead", "director", "other_lead", "supervisor")
    }
    assert seen["other_lead"] == seen["supervisor"] == ()


def test_what_came_of_it_is_counted_over_what_the_reader_can_see(learning):
    city, lesson = learning.city, learning.published()
    unit_id = learning.session.get_one(Case, learning.case).unit_id
    swept = city.unit("近处的厂（虚构）", **UNIT)
    plan = learning.sweep(lesson)
    with unit_of_work(learning.session) as session:
        publish_plan(session, city.director, plan, learning.preset, now=NOON)
    with unit_of_work(learning.session) as session:
        visit = begin_visit(session, city.lead, plan, swept, now=NOON)

    def effect(actor):
        one = lesson_of(learning.session, city.director, lesson)
        return effect_of(learning.session, actor, one, learning.preset)

    before = effect(city.director)
    assert (before.units, before.recurred, before.planned, before.visited) == (1, 0, 1, 0)
    city.inspected(visit)
    learning.true_case(now=NOON + DAY, unit_id=unit_id, hidden_from=[city.second_member.person_id])
    after = effect(city.director)
    assert (after.visited, after.had_it) == (1, 1)
    assert (after.units, after.recurred, after.came_back) == (1, 1, 0)
    assert effect(city.second_member).recurred == 0, "from whom the case is hidden"
    learning.true_case(now=NOON + DAY, unit_id=swept)
    assert effect(city.director).came_back == 1


@pytest.fixture
def clerk(monkeypatch, app, client_for, city):
    StoppedClock(monkeypatch, NOON)
    with each_request_alone(app):
        yield lambda name: Clerk(client_for(city.actors[name]))


def linked(clerk, words):
    """Follow the first link with these words."""
    return clerk.go(next(href for href, said in clerk.read.links if words in said))


def test_the_way_from_a_closed_case_to_the_public_by_pages_alone(learning, app, clerk):
    city, author, reader = learning.city, clerk("member"), clerk("lead")
    linked(author.go(f"/staff/cases/{learning.case}"), "Experience summary")
    typed = {**SAID, "done": "王建国师傅换装推杠锁"}
    assert author.send("/lessons/new", **typed).status == 422
    assert "王建国师傅换装推杠锁" in author.html, "what was typed stands there still"
    author.send("/lessons/new", title="推杠锁", more_cases="2026-9999")
    assert "You see no closed case with this number: 2026-9999" in author.text
    author.send("/lessons/new", more_cases="")
    assert "Some words may name somebody" in author.text
    assert author.html.count('<mark class="portal-mark"') >= 1
    address = author.address
    assert "May stay" not in linked(author, "Edit").send("/edit").text
    author.send("/hand-in")
    assert "Waits to be read" in author.text
    assert "You wrote on this lesson" in author.text
    assert clerk("other_member").go(address).status == 404
    reader.go(address).send("/read")
    director = clerk("director").go(address)
    assert director.send("/publish", in_spite="").status == 422
    assert "Say why the lesson is published all the same." in director.text
    director.send("/publish", in_spite="本人同意")
    visitor = linked(Clerk(app.test_client()).go("/?lang=en"), "推杠锁")
    assert "王建国" in visitor.html
    assert "member" not in visitor.text, "nobody's name but what was written"
    alike = city.in_hand().case_id
    learning.session.rollback()
    reader.go(f"/staff/cases/{alike}")
    assert "same kind of hazard" in reader.text
    reader.send("/cases/", button=("verdict", "used"))
    assert "Used" in reader.text
    city.unit("近处的厂（虚构）", **UNIT)
    learning.session.rollback()
    linked(director.go(address), "Find units that look alike")
    assert "same sector" in director.text
    days = {"starts_on": NOON.date(), "ends_on": NOON.date()}
    director.send("/sweep", group_ids=[str(city.lead.group_id)], checklist="FIRE-DORM", **days)
    assert "1 unit of the register fits today." in director.text
    assert "The lesson whose look-alikes these are" in director.text
    verified = app.test_cli_runner().invoke(args=["history", "verify", "--json"])
    assert verified.exit_code == 0, verified.output


@pytest.mark.trap(27)
@pytest.mark.trap(28)
def test_what_is_published_holds_nothing_of_the_case_and_none_of_its_files(learning, app):
    lesson = learning.published()
    case = learning.session.get_one(Case, learning.case)
    own = learning.session.execute(
        text("SELECT name FROM units WHERE id = :id"), {"id": case.unit_id}
    ).scalar_one()
    number = case.number
    learning.session.rollback()
    visitor = app.test_client()
    for address in (f"/{lesson}", "", ".csv", ".atom"):
        said = visitor.get(f"/open/lessons{address}?lang=en").text
        for words in (
            number,
            str(learning.case),
            own,
            "320412",
            "second_member",
            "/files/",
            "<img",
        ):
            assert words not in said, (address, words)


@pytest.mark.trap(40)
def test_the_link_of_a_mail_opens_nothing_for_who_has_not_signed_in(learning, app):
    lesson = learning.handed_in()
    visitor = app.test_client()
    for method, address in (("get", ""), ("get", "/edit"), ("post", "/read"), ("post", "/publish")):
        answer = getattr(visitor, method)(f"/staff/lessons/{lesson}{address}")
        assert answer.status_code in (303, 401), address
    assert learning.state(lesson) is LessonState.HANDED_IN


@pytest.mark.trap(42)
def test_words_of_a_report_that_was_merged_into_the_case_are_pointed_out_too(learning):
    city, said = learning.city, "食堂后门每天早上五点半到六点之间都被电瓶车堵住出不去"
    into, other = city.in_hand().case_id, city.file(text=said).case_id
    city.accepted(other)
    city.move(city.dispatcher, c.Merge, other, into_id=into)
    names = names_in(learning.session, [into], said)
    assert [one.kind for one in markings(said, names)] == [Naming.REPORTER]


def test_who_may_read_it_hears_of_it_then_the_director_then_its_author(learning, told):
    told()
    lesson = learning.handed_in()
    assert told() == {"lead@example.org", "second_member@example.org"}
    learning.do(services.pass_lesson, learning.city.lead, lesson)
    assert told() == {"director@example.org"}
    learning.do(services.publish_lesson, learning.city.director, lesson, "")
    assert told() == {"member@example.org"}
