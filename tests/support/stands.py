"""Every form of the portal: how somebody comes to stand before it, and what makes it whole.

`STANDS` is complete by a test: a form, a move or an address that takes a POST and is not in it
fails there as unlisted.
"""

import secrets
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from portal.access.kinds import Actor, Role
from portal.accounts.models import Membership
from portal.accounts.queries import account as account_of
from portal.accounts.services import reset_account
from portal.assistance import services as helping
from portal.assistance.kinds import Origin
from portal.assistance.lifecycle import Wish as Wish_
from portal.cases import services as lessons
from portal.cases.kinds import Finding
from portal.cases.lifecycle import commands as c
from portal.cases.models import Alarm
from portal.cases.queries import lesson_of
from portal.cases.services import ask_for_help, link_token, watch_bursts
from portal.foundation import secrets as keys
from portal.foundation.transaction import unit_of_work
from portal.handling.forms.moves import MOVE_FORMS
from portal.handling.views._deciding import HERE
from portal.inspections.kinds import Result
from portal.inspections.queries import draft_of
from portal.inspections.services import Entry, enter
from portal.inspections.services import begin as begin_inspection
from portal.lessons.lifecycle import Conditions, Draft, Wording
from portal.notices.kinds import DeliveryState
from portal.notices.models import Delivery
from portal.plans.lifecycle import Wish
from portal.plans.services import make_plan, publish_plan
from portal.presets.checklists import begin_draft, checklist
from portal.presets.queries import in_force
from portal.reports.lifecycle import receipt_code
from portal.sealing.services import register
from portal.selfinspections.services import begin as begin_own
from portal.units.services import declare_tie
from portal.web.signin import account_link
from tests.support import files
from tests.support.city import NOON
from tests.support.markup import Page, key_of
from tests.support.own import EXIT, OwnUnit
from tests.support.scene import Scene, Stand


def _move(walk: str, who: str, **whole: Any) -> Callable[[Scene, str], Stand]:
    """The page of a move on a case that the scene's method `walk` made."""

    def stand(scene: Scene, key: str) -> Stand:
        case_id = getattr(scene, walk)()
        move = key.split()[1]
        given = {n: v(scene, case_id) if callable(v) else v for n, v in whole.items()}
        address = f"/staff/cases/{case_id}/{move}"
        return scene.before(scene.client(who), address, key, **given)

    return stand


def _one_press(walk: str, who: str) -> Callable[[Scene, str], Stand]:
    """A move without a page: its button stands on the case page."""

    def stand(scene: Scene, key: str) -> Stand:
        case_id = getattr(scene, walk)()
        return scene.before(scene.client(who), f"/staff/cases/{case_id}", key)

    return stand


def _desk(walk: str = "received", **whole: Any) -> Callable[[Scene, str], Stand]:
    """A form beside a waiting report."""

    def stand(scene: Scene, key: str) -> Stand:
        scene.received()  # what comes next, and what looks alike
        case_id = getattr(scene, walk)()
        given = {n: v(scene, case_id) if callable(v) else v for n, v in whole.items()}
        address = f"/staff/intake/{case_id}"
        if key.endswith("take_back"):
            version = scene.city.version(case_id)
            address = f"/staff/intake?did={case_id}.{version}"
        return scene.before(scene.client("dispatcher"), address, key, **given)

    return stand


def _at(who: str, address: str | Callable[[Scene], str], **whole: Any) -> Callable[..., Stand]:
    """A page of staff."""

    def stand(scene: Scene, key: str) -> Stand:
        target = address(scene) if callable(address) else address
        given = {n: v(scene) if callable(v) else v for n, v in whole.items()}
        return scene.before(scene.client(who), target, key, **given)

    return stand


def _taking_down(steps: str) -> Callable[[Scene, str], Stand]:
    """The form for somebody who calls, or the slip with the code behind it."""

    def stand(scene: Scene, key: str) -> Stand:
        client, address = scene.client("dispatcher"), "/staff/intake/new"
        whole = {"channel": "letter", "text": "二楼的门锁住了", "place": "纸箱路"}
        if steps == "form":
            return scene.before(client, address, key, **whole)
        form = scene.before(client, address, "intake.file_for").form
        client.post(form.action, data={**form.sent(), **whole})
        return scene.before(client, f"{address}/slip", key)

    return stand


def _filing(steps: str) -> Callable[[Scene, str], Stand]:
    """A page of the way to a report."""

    def stand(scene: Scene, key: str) -> Stand:
        visitor = scene.visitor()
        visitor.get("/report")
        if steps in ("evidence", "check", "sent"):
            visitor.what_where()
        if steps == "named":
            visitor.what_where("王师傅把二楼的门锁住了。")
        if steps in ("check", "sent", "named"):
            visitor.evidence()
        if steps == "sent":
            visitor.send("/report/send")
        if steps == "back":
            visitor.what_where()
            visitor.get("/report")
        whole = {"text": "二楼的门锁住了", "place": "纸箱路"} if steps == "first" else {}
        return scene.before(visitor.client, "", key, visitor.page, **whole)

    return stand


def _receipt(walk: str = "", **whole: Any) -> Callable[[Scene, str], Stand]:
    """A form of the receipt page."""

    def stand(scene: Scene, key: str) -> Stand:
        visitor = scene.reporter((lambda case_id: _end(scene, case_id)) if walk else None)
        return scene.before(visitor.client, "", key, visitor.page, **whole)

    return stand


def _end(scene: Scene, case_id: Any) -> None:
    city = scene.city
    city.accepted(case_id)
    city.dispatched(case_id)
    city.move(city.lead, c.SignFor, case_id)
    city.move(city.lead, c.Verify, case_id, finding=Finding.NOT_TRUE, reason="看过")
    from portal.reports.models import Report

    report = scene.session.scalar(select(Report.id).where(Report.case_id == case_id))
    city.move(city.lead, c.Conclude, case_id, answers=((report, "没有"),))


def _asked_for_safety(scene: Scene, key: str) -> Stand:
    """A report that was answered long enough ago to be asked whether it brought harm."""

    def long_ago(case_id: Any) -> None:
        handed = {**_hand_over, "now": NOON - timedelta(days=300)}
        scene.city.move(scene.city.dispatcher, c.TransferOut, case_id, **handed)

    visitor = scene.reporter(long_ago)
    return scene.before(visitor.client, "", key, visitor.page, harmed="yes", said="被调岗了")


def _leaving(before: Callable[[Scene, str], Stand]) -> Callable[[Scene, str], Stand]:
    """An address typed where there was none; `before` has an argument of that name."""

    def stand(scene: Scene, key: str) -> Stand:
        found = before(scene, key)
        found.whole = {"address": "me@example.org"}
        return found

    return stand


def _with_address(scene: Scene, key: str) -> Stand:
    """A report whose reporter left an address."""
    visitor = scene.reporter()
    visitor.send(r"/receipt/notice\?|/receipt/notice$", address="me@example.org")
    return scene.before(visitor.client, "", key, visitor.page)


def _offered(scene: Scene, key: str) -> Stand:
    """A report whose reward can be claimed."""
    nonce = secrets.token_bytes(16)
    filed = scene.city.named(nonce=nonce)
    scene.city.offered(filed)
    visitor = scene.visitor()
    visitor.open(receipt_code(nonce, keys.in_use().key("receipt-derivation")))
    return scene.before(visitor.client, "", key, visitor.page)


def _paying(scene: Scene, key: str) -> Stand:
    """At the treasury, before a reward that was claimed."""
    client, code = scene.client("treasurer"), scene.voucher()
    stand = scene.before(client, "/treasury", "treasury.code", code=code)
    if key == "treasury.code":
        return stand
    answer = stand.post({**stand.form.sent(), "code": code})
    return scene.before(client, "", key, answer, method="cash", receipt="财收 118")


def _code(scene: Scene, key: str) -> Stand:
    visitor = scene.visitor()
    code = visitor.file()
    other = scene.visitor()
    other.get("/receipt")
    return scene.before(other.client, "", key, other.page, code=code)


def _unit(scene: Scene, key: str) -> Stand:
    case_id = scene.booked_major() if key == "enterprise.protected" else scene.booked()
    book = scene.city.items(case_id)[0].task_book_id
    forms = {"sign": "sign", "object_to": "object", "report_done": "task1", "protected": "safe1"}
    forms |= {"object_to_item": "wrong1", "ask_help": "help"}
    prefix = forms.get(key.split(".")[1], "time1")
    whole = {f"{prefix}-name": "刘工", f"{prefix}-post": "安全员"}
    if prefix == "time1":
        later = (NOON + timedelta(days=12)).date().isoformat()
        whole |= {"time1-new_due_on": later, "time1-reason": "没到货", "time1-plan": "下周装"}
    elif prefix == "help":
        whole |= {"help-kind": "funds", "help-wanted": "换管网"}
    elif prefix != "sign":
        said = "body" if prefix in ("object", "wrong1") else "statement"
        whole[f"{prefix}-{said}"] = "已拆除"
    client = scene.app.test_client()
    return scene.before(client, f"/unit/{link_token(book)}", key, **whole)


def _ask_page(scene: Scene, key: str) -> Stand:
    """The page that asks for the group before many cases are reassigned."""
    case_id = scene.in_hand()
    client = scene.client("lead")
    list_page = Page(client.get("/staff/cases?lang=en").get_data(as_text=True), "/staff/cases")
    token = next(f.value("csrf_token") for f in list_page.forms if f.method == "post")
    chosen = {"csrf_token": token, "move": "reassign", "case": f"{case_id}.{_v(scene, case_id)}"}
    answer = client.post("/staff/bulk?lang=en", data=chosen)
    group = str(scene.city.group("insp-industry"))
    scene.session.rollback()
    # The page that asks repeats the form's own button.
    return scene.before(client, "/staff/bulk", key, answer, group_id=group, step="send")


def _v(scene: Scene, case_id: Any) -> int:
    version = scene.city.version(case_id)
    scene.session.rollback()
    return int(version)


def _together(scene: Scene, key: str) -> Stand:
    cases = [scene.received(), scene.received()]
    client = scene.client("dispatcher")
    page = Page(client.get("/staff/intake?lang=en").get_data(as_text=True), "/staff/intake")
    form = next(form for form in page.forms if key_of(scene.app, form) == key)
    chosen = [f"{case_id}.{_v(scene, case_id)}" for case_id in cases]
    answer = client.post(form.action, data={**form.sent(), "case": chosen})
    return scene.before(client, "/staff/intake/merge", key, answer, into=str(cases[0]))


def _alarm(scene: Scene) -> str:
    for _each in range(8):
        scene.city.file(township="320412.hutang")
    with unit_of_work(scene.session) as own:
        watch_bursts(own, now=NOON)
    found = scene.session.scalar(select(Alarm.id).where(Alarm.ended_at.is_(None)))
    scene.session.rollback()
    return f"/staff/intake/alarms/{found}"


def _planned(scene: Scene, *, publish: bool = True, **changes: Any) -> str:
    """Write a plan of one unit, publish it, and return its address."""
    lead, today = scene.person("lead"), NOON.date()
    scene.city.unit(f"计划里的厂{uuid4()}（虚构）", sector="commerce")
    fields = {"kind": "special", "title": "专项", "checklist": "FIRE-DORM", "sector": "commerce"}
    days = {"starts_on": today, "ends_on": today + timedelta(days=30)}
    wish = Wish(**{**fields, **days, "group_ids": (lead.group_id,), **changes})
    with unit_of_work(scene.session) as session:
        preset = in_force(session, NOON)
        made = make_plan(session, lead, wish, preset, now=NOON).id
        if publish:
            publish_plan(session, lead, made, preset, now=NOON)
    return f"/staff/plans/{made}"


def _by_lot(scene: Scene) -> str:
    """A plan whose number is not known yet."""
    seed_on = NOON.date() + timedelta(days=1)
    return _planned(scene, by_lot=True, draw_count=1, seed_on=seed_on)


def _lesson(state: str = "draft", page: str = "") -> Callable[[Scene], str]:
    """The address of a lesson from a closed case of a true hazard, taken as far as a state."""
    steps = {
        "hand_in": (lessons.hand_in_lesson, "member", ()),
        "read": (lessons.pass_lesson, "second_member", ()),
        "publish": (lessons.publish_lesson, "director", ("可以",)),
    }
    ways = {"draft": 0, "handed_in": 1, "read": 2, "published": 3}

    def address(scene: Scene) -> str:
        made = _drafted_lesson(scene)
        for act, who, words in list(steps.values())[: ways[state]]:
            with unit_of_work(scene.session) as session:
                seen = lessons.Seen(
                    made, lesson_of(session, scene.person("director"), made).version
                )
                preset = in_force(session, NOON)
                act(session, scene.person(who), seen, *words, preset, now=NOON)
        return f"/staff/lessons/{made}{page}"

    return address


def _drafted_lesson(scene: Scene) -> UUID:
    case_id = scene.city.put_right().case_id
    said = {"problem": "上锁", "done": "换锁", "effect": "3 樘", "fits": "厂房"}
    given = Draft(
        kind="experience_summary",
        wording=Wording(title=f"经验 {uuid4()}", said=said),
        conditions=Conditions(sectors=frozenset({"fire"})),
        language="zh_Hans_CN",
        category="fire.exit_blocked",
        sector="fire",
    )
    with unit_of_work(scene.session) as session:
        preset = in_force(session, NOON)
        return lessons.draft_lesson(
            session, scene.person("member"), given, [case_id], preset, now=NOON
        )


def _new_lesson(scene: Scene) -> str:
    case_id = scene.city.put_right().case_id
    return f"/staff/lessons/new?kind=typical_case&case={case_id}"


def _lesson_at_a_case(scene: Scene) -> str:
    """A case at which a lesson is suggested."""
    _lesson("published")(scene)
    return f"/staff/cases/{scene.in_hand()}"


def _lesson_to_sweep(scene: Scene) -> str:
    scene.city.unit(f"相似的厂{uuid4()}（虚构）", sector="fire", jurisdiction="320412")
    return _lesson("published", "/sweep")(scene)


def _mill(scene: Scene) -> OwnUnit:
    """A unit with an account of its own; its person can be asked for as `unit …`."""
    return OwnUnit(scene.city, f"自查的厂{uuid4()}（虚构）")


def _own(address: str | Callable[[OwnUnit], str], **whole: Any) -> Callable[[Scene, str], Stand]:
    """A page of a unit by its account."""

    def stand(scene: Scene, key: str) -> Stand:
        mill = _mill(scene)
        target = address(mill) if callable(address) else address
        scene.session.rollback()
        return scene.before(scene.client(f"unit {mill.id}"), f"/unit/own{target}", key, **whole)

    return stand


def _own_walk(mill: OwnUnit, duty: str = "regular") -> str:
    """A self-inspection under way."""
    with unit_of_work(mill.session) as own:
        preset = in_force(own, NOON)
        made = begin_own(own, mill.actor, duty, "FIRE-DORM", preset, now=NOON).id
    return f"/inspections/{made}"


def _own_task(mill: OwnUnit) -> str:
    hazard = mill.found()
    mill.task(hazard, due_on=NOON.date())
    return f"/hazards/{hazard}"


def _own_report(mill: OwnUnit, more: str = "") -> str:
    """An inside report that waits."""
    mill.takes_inside()
    return f"/reports/{mill.told().id}{more}"


def _own_door(mill: OwnUnit) -> str:
    mill.takes_inside()
    return "/reports/door"


def _inside(**whole: Any) -> Callable[[Scene, str], Stand]:
    """A form of the page of an inside report, by its code."""

    def stand(scene: Scene, key: str) -> Stand:
        mill, visitor = _mill(scene), scene.visitor()
        mill.takes_inside()
        visitor.open(mill.told().code)
        return scene.before(visitor.client, "", key, visitor.page, **whole)

    return stand


def _of_mill(scene: Scene) -> str:
    return f"/staff/units/{_mill(scene).id}/self-inspection"


def _account(scene: Scene, name: str = "second_member") -> str:
    return str(scene.person(name).account_id)


def _invited(scene: Scene) -> Any:
    """An account whose password was taken away: it has a link."""
    own = scene.session
    with unit_of_work(own) as session:
        account = account_of(session, scene.person("second_member").account_id)
        reset_account(session, scene.person("administrator"), account, now=NOON)
    return account_of(own, scene.person("second_member").account_id)


def _new_password(scene: Scene, key: str) -> Stand:
    with scene.app.test_request_context(method="POST"):
        link = account_link(_invited(scene))
    scene.session.rollback()
    address = "/reset/" + link.split("/reset/")[1]
    words = "Vier Woerter ohne Bezug 77"
    client = scene.app.test_client()
    return scene.before(client, address, key, password=words, password_confirm=words)


def _role_page(scene: Scene) -> str:
    held = select(Membership.id).where(Membership.account_id == _account(scene))
    found = scene.session.scalar(held)
    scene.session.rollback()
    return f"/admin/people/roles/{found}/end"


def _left_page(scene: Scene) -> str:
    """Somebody signed for a case, and then their role ended by its own date."""
    account, city = _account(scene, "other_member"), scene.city
    held = select(Membership).where(Membership.account_id == account)
    with unit_of_work(scene.session) as own:
        own.scalars(held).one().ends_on = None
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id, "insp-industry")
    city.move(city.other_member, c.SignFor, filed.case_id)
    with unit_of_work(scene.session) as own:
        own.scalars(held).one().ends_on = NOON.date()
    return f"/admin/people/{account}/hand-over"


def _tie_page(scene: Scene) -> str:
    scene.city.unit(name=f"示例纸业（虚构）{len(scene.clients)}")
    return f"/admin/people/{_account(scene)}/ties/new?q=示例"


def _own_tie_page(scene: Scene) -> str:
    scene.city.unit(name="示例纸业（虚构）")
    return "/profile/ties/new?q=示例"


def _tied_person(scene: Scene) -> str:
    unit, who = scene.city.unit(), scene.person("second_member")
    with unit_of_work(scene.session) as own:
        about = {"person_id": who.person_id, "unit_id": unit, "kind": "other"}
        declare_tie(own, scene.person("administrator"), **about, now=NOON)
    return f"/admin/people/{_account(scene)}"


def _some_unit(scene: Scene) -> str:
    from portal.units.models import Unit

    found = scene.session.scalar(select(Unit.id).order_by(Unit.created_at.desc()).limit(1))
    scene.session.rollback()
    return str(found)


def _register(_scene: Scene) -> tuple[BytesIO, str]:
    return BytesIO("名称,地址\n新厂（虚构）,纸箱路\n".encode()), "units.csv"


CHECKLISTS = "/admin/rules/checklists"


def _inspecting(page: str, **whole: Any) -> Callable[[Scene, str], Stand]:
    """A page of an inspection under way; "" is the one that begins it."""

    def stand(scene: Scene, key: str) -> Stand:
        case_id, who = scene.in_hand(), scene.city.member.person_id
        if page:
            with unit_of_work(scene.session) as own:
                fire = checklist(own, "FIRE-DORM")
                begin_inspection(own, case_id, fire, by=who, now=NOON)
                draft, passed = draft_of(own, case_id), Entry(result=Result.PASS)
                assert draft is not None
                enter(own, draft.id, "F06", passed, seen=0, by=who, now=NOON)
        address = f"/staff/cases/{case_id}/inspection{page.rstrip('/')}"
        given = {name: v(scene) if callable(v) else v for name, v in whole.items()}
        return scene.before(scene.client("member"), address, key, **given)

    return stand


def _checklist_file(scene: Scene) -> tuple[BytesIO, str]:
    saved = scene.client("administrator").get(f"{CHECKLISTS}/CHEM-STORE/yaml").get_data()
    return BytesIO(saved), "checklist.yaml"


def _use(scene: Scene, key: str) -> Stand:
    """A checklist in use or out of it, as the form needs it."""
    client, address = scene.client("administrator"), f"{CHECKLISTS}/CON-SCAFF"
    wanted, other = ("end", "resume") if key == "checklists.end" else ("resume", "end")
    if f"CON-SCAFF/{wanted}" not in client.get(address).get_data(as_text=True):
        form = scene.before(client, address, f"checklists.{other}").form
        client.post(form.action, data={**form.sent(), "holds_from": "2026-11-10"})
    return scene.before(client, address, key, **({"holds_from": _day} if wanted == "end" else {}))


def _drafted(page: str, **whole: Any) -> Callable[[Scene, str], Stand]:
    """A page of a checklist's draft."""

    def stand(scene: Scene, key: str) -> Stand:
        with unit_of_work(scene.session) as own:
            person = scene.city.administrator.person_id
            begin_draft(own, "FIRE-DORM", by=person, now=NOON)
        address = f"{CHECKLISTS}/FIRE-DORM/draft{page}"
        return scene.before(scene.client("administrator"), address, key, **whole)

    return stand


def _failed_mail(scene: Scene) -> str:
    with unit_of_work(scene.session) as own:
        own.add(
            Delivery(
                id=uuid4(),
                kind="case",
                account_id=scene.person("member").account_id,
                state=DeliveryState.FAILED,
                attempts=8,
                next_try_at=NOON,
                created_at=NOON,
            )
        )
    return "/admin/system"


def _saved_view(scene: Scene, key: str) -> Stand:
    _view(scene, "queue.save").post(_saving(_view(scene, "queue.save")))
    return scene.before(scene.client("lead"), "/staff/cases", key)


def _saving(stand: Stand) -> dict[str, Any]:
    return {**stand.form.sent(), **stand.whole}


def _view(scene: Scene, key: str) -> Stand:
    return scene.before(scene.client("lead"), "/staff/cases?states=in_hand", key, name="我的")


def _with_keys(stand: Callable[[Scene, str], Stand]) -> Callable[[Scene, str], Stand]:
    """Let contacts be sealable."""

    def with_keys(scene: Scene, key: str) -> Stand:
        from portal.sealing.models import CustodianKey

        if scene.session.scalar(select(CustodianKey.id).limit(1)) is None:
            with unit_of_work(scene.session) as own:
                for number, (custodian, _secret) in enumerate(files.custodians(3)):
                    register(own, custodian, label=f"{number}", now=NOON)
        scene.session.rollback()
        return stand(scene, key)

    return with_keys


def _signed_in(path: str) -> Callable[[Scene, str], Stand]:
    """A page of somebody who signed in by the page itself."""

    def stand(scene: Scene, key: str) -> Stand:
        from tests.support.staff import PASSWORD, Browser, give_password

        with scene.app.test_request_context(method="POST"):
            email = give_password(lambda: scene.session, scene.person("second_dispatcher"))
        scene.session.rollback()
        browser = Browser(scene.app)
        browser.sign_in(email)
        words = {"new_password": "Vier Woerter ohne Bezug 77"}
        words |= {"new_password_confirm": words["new_password"], "password": PASSWORD}
        whole = words if "password" in path else {}
        return scene.before(browser.client, path, key, **whole)

    return stand


def _last_hazard(scene: Scene, case_id: Any) -> str:
    found = str(scene.hazards(case_id)[0])
    scene.session.rollback()
    return found


INSPECTORS = ("member", "second_member")
_people = lambda scene, _case: [str(scene.person(who).person_id) for who in INSPECTORS]  # noqa: E731
_industry = lambda scene, _case: str(scene.city.group("insp-industry"))  # noqa: E731
_another = lambda scene, _case: scene.number(scene.received())  # noqa: E731
_handler = lambda scene, _case: _account(scene, "member")  # noqa: E731
_hand_over = {"office": "emergency_bureau", "handover": "函", "explanation": "说明"}
_day = (NOON + timedelta(days=1)).date().isoformat()
NEW_UNIT = {"unit_name": "新厂（虚构）", "unit_email": "unit@example.org"}

_STEP = {"rung": "remind", "link": "district", "grounds": ["failed"], "reason": "请尽快整改"}
_PROMISE = {"commitments-0-words": "装门", "commitments-0-due_on": _day}


def _step_of(scene: Scene, case_id: Any) -> str:
    from portal.discipline.models import DisciplinaryStep

    wanted = select(DisciplinaryStep.id).where(DisciplinaryStep.case_id == case_id)
    found = str(scene.session.scalar(wanted))
    scene.session.rollback()
    return found


def _commitment_of(scene: Scene, case_id: Any) -> str:
    from portal.discipline.models import InterviewCommitment

    wanted = select(InterviewCommitment.id).where(InterviewCommitment.case_id == case_id)
    found = str(scene.session.scalar(wanted))
    scene.session.rollback()
    return found


def _addressee(scene: Scene, key: str) -> Stand:
    from portal.discipline.services import step_token

    token = step_token(UUID(_step_of(scene, scene.addressed())))
    whole = {"body": "已拆除", "name": "刘工", "post": "厂长"}
    return scene.before(scene.app.test_client(), f"/unit/steps/{token}", key, **whole)


def _helped(scene: Scene, name: str) -> UUID:
    """Help as far as this press needs it, begun so long ago that it can be judged by now."""
    case_id, then = scene.booked(), NOON - timedelta(days=40)
    book = scene.city.items(case_id)[0].task_book_id
    lead, session = scene.person("lead"), scene.session
    wish = Wish_(origin=Origin.ASKED, kind="funds", wanted="换管网", name="刘工", post="安全员")
    with unit_of_work(session) as own:
        preset = in_force(own, then)
        unit = Actor(role=Role.UNIT, task_book_id=book)
        help_id = ask_for_help(own, unit, wish, preset, now=then).id
        if name in ("take", "decline", "revoke"):
            return help_id
        said = {"owner_id": lead.account_id, "plan": "上门", "done_by": then.date()}
        helping.take_up(own, lead, help_id, **said, preset=preset, now=then)
        helping.advise(own, lead, help_id, "换门", now=then)
        if name in ("judge", "link"):
            done = {"end": "done", "done": "看过", "expert": "", "opinion": ""}
            helping.finish(own, lead, help_id, **done, preset=preset, now=then)
    return help_id


def _help(name: str, /, **whole: Any) -> Callable[[Scene, str], Stand]:
    """A press on the page of help."""

    def stand(scene: Scene, key: str) -> Stand:
        address = f"/staff/help/{_helped(scene, name)}"
        given = {f"{name}-{field}": value for field, value in whole.items()}
        return scene.before(scene.client("lead"), address, key, **given)

    return stand


def _help_link(scene: Scene, key: str) -> Stand:
    token = helping.help_token(_helped(scene, "link"))
    whole = {"helped": "yes", "name": "刘工", "post": "安全员"}
    return scene.before(scene.app.test_client(), f"/unit/help/{token}", key, **whole)


def _offer(scene: Scene, key: str) -> Stand:
    name = f"要帮的厂{uuid4()}（虚构）"
    scene.city.unit(name)
    day = (NOON + timedelta(days=9)).date().isoformat()
    whole = {"origin": "offered", "kind": "help_visit", "of_unit": name, "done_by": day}
    whole |= {"wanted": "讲解", "name": "刘工", "post": "安全员", "source": "走访", "plan": "上门"}
    whole["owner_id"] = _account(scene, "lead")
    return scene.before(scene.client("lead"), "/staff/help/new", key, **whole)


_SOON = (NOON + timedelta(days=5)).date().isoformat()
HELP: dict[str, Callable[[Scene, str], Stand]] = {
    "take": _help("take", plan="上门", done_by=_SOON),
    "decline": _help("decline", reason="没有经费", elsewhere="工信局"),
    "advise": _help("advise", advice="换门"),
    "find": _help("find", level="general", found="灭火器过期", right_by=_SOON),
    "finish": _help("finish", end="done", done="看过", expert="王工", opinion="可行"),
    "follow": _help("follow", followed="yes", shown="看过"),
    "judge": _help("judge", helped="no", said="没用", name="刘工", post="安全员", source="电话"),
    "revoke": _help("revoke"),
}
MOVES: dict[str, Callable[[Scene, str], Stand]] = {
    "accept": _move("received", "dispatcher"),
    "dispatch": lambda scene, key: _accepted(scene, key),
    "refuse": _move(
        "received", "dispatcher", reason_code="not_work_safety", explanation="请打 12345"
    ),
    "transfer_out": _move("received", "dispatcher", **_hand_over),
    "refer_accident": _move("received", "dispatcher", **_hand_over),
    "record_reply": _move("handed_over", "dispatcher", said="took_on", reply="已收到"),
    "merge": _move("received", "dispatcher", into_id=_another, reason="同一件事"),
    "split": _move("received", "dispatcher", report_id="", part="另一件事"),
    "set_aside": _move("received", "dispatcher", until=_day, reason="等"),
    "change_lane": _one_press("received", "dispatcher"),
    "take_back": _one_press("dispatched", "dispatcher"),
    "sign_for": _one_press("dispatched", "lead"),
    "return_dispatch": _move("dispatched", "lead", reason="不归我们管"),
    "ask_return": _move("returned_before", "lead", reason="不归我们管"),
    "decide_return": _move("return_asked", "supervisor", upheld="yes", reason="属实"),
    "reassign": _move("in_hand", "lead", group_id=_industry, reason="归他们"),
    "assign_handler": _move("in_hand", "lead", account_id=_handler),
    "inspect": _move(
        "in_hand",
        "member",
        inspectors=_people,
        finding="门锁着",
        **{"hazards-0-description": "出口被锁"},
        **NEW_UNIT,
    ),
    "assess_risk": _move(
        "inspected",
        "member",
        hazard_id=_last_hazard,
        method="matrix",
        matrix_L="3",
        matrix_S="4",
        reason="人多",
    ),  # fmt: skip
    "issue_task_book": _move(
        "inspected",
        "member",
        **{"items-0-task": "拆除铁链", "items-0-responsible": "厂长", "items-0-due_on": _day},
        **NEW_UNIT,
    ),
    "withdraw_item": _move("booked", "lead", reason="写错了"),
    "revoke_link": _move("booked", "lead", task_book_id=lambda s, k: _book(s, k), reason="丢了"),
    "decide_level": _move(
        "inspected",
        "lead",
        hazard_id=_last_hazard,
        level="major",
        criterion="GB 35181-2025",
        experts="王工，消防救援支队",
        panel=_people,
        reason="住人",
    ),  # fmt: skip
    "supplement_task": _move(
        "major_later",
        "member",
        evidence_asked="照片",
        funds="2 万元",
        contingency="专人值守",
        interim="停止住人",
    ),
    "sign_check": _move("major_reported", "supervisor", on_site="y", opinion="看到已拆"),
    "ask_extension": _move("in_hand", "member", days="10", reason="等检测", plan="下周取报告"),
    "decide_extension": _move("time_asked", "lead", granted="no", reason="来得及"),
    "pass_review": _move("reported", "supervisor", opinion="看到已拆"),
    "fail_review": _move("reported", "supervisor", opinion="还没拆", new_due_on=_day),
    "verify": _move("in_hand", "lead", finding="not_true", reason="看过"),
    "conclude": lambda scene, key: _concluding(scene, key),
    "close": _move("concluded", "lead", lesson_considered="y", reason="没有隐患"),
    "decide_objection": _move("objected", "director", upheld="no", reason="看过二楼"),
    "reopen": _move("closed", "lead", ground="new_evidence", reason="新照片"),
    "pause": _move("in_hand", "lead", reason_code="force_majeure", reason="台风"),
    "resume": _move("paused", "lead", reason="台风过了"),
    "ask": _move("in_hand", "lead", body="几楼"),
    "answer": _move("in_hand", "lead", body="知道了"),
    "add_evidence": _move("in_hand", "member"),
    "release_files": lambda scene, key: _releasing(scene, key),
    "note": _move("in_hand", "member", body="记一下"),
    "recuse": _move("in_hand", "second_member", reason="认识"),
    "propose_step": _move("laddered", "member", **_STEP),
    "order_step": _move("laddered", "lead", **_STEP),
    "answer_step": _move("addressed", "member", body="已拆除", name="刘工", post="厂长"),
    "end_step": _move("addressed", "lead", end="withdrawn", effect="下错了"),
    "revoke_step_link": _move("addressed", "member", step_id=_step_of, reason="寄错人"),
    "hold_interview": _move(
        "interviewed",
        "director",
        **dict.fromkeys(("place", "people", "record", "basis", "statement", "demands"), "谈了"),
        **_PROMISE,
    ),
    "accept_work": _move(
        "put_right", "director", body="市应急管理局", people="钱处长", passed="yes", opinion="合格"
    ),
    "ask_delisting": _move("accepted_work", "member", proof="验收意见"),
    "decide_delisting": _move("delisting_asked", "director", granted="yes", reason="已整改"),
    "propose_reward": _move(
        "true", "lead", rule="major_or_illegal", fine="60000", reason="处罚决定书 12 号"
    ),
    "approve_reward": _move("reward_proposed", "director"),
    "end_reward": _move("reward_proposed", "director", reason="依据不足"),
    "deny_reward": _move("true", "lead", why_not="in_court"),
    "settle_commitment": _move(
        "promised", "director", commitment_id=_commitment_of, kept="yes", reason="看过"
    ),
}


def _accepted(scene: Scene, key: str) -> Stand:
    case_id = scene.received()
    scene.city.accepted(case_id)
    given = {"group_id": _industry(scene, None), "reason": "归他们"}
    scene.session.rollback()
    address = f"/staff/cases/{case_id}/dispatch"
    return scene.before(scene.client("dispatcher"), address, key, **given)


def _book(scene: Scene, case_id: Any) -> str:
    found = str(scene.city.items(case_id)[0].task_book_id)
    scene.session.rollback()
    return found


def _releasing(scene: Scene, key: str) -> Stand:
    """A photo that staff added, to be shown to the reporter."""
    case_id = scene.in_hand()
    client = scene.client("member")
    stand = scene.before(
        client, f"/staff/cases/{case_id}/add_evidence", "cases.carry_out add_evidence"
    )
    sent = {**stand.form.sent(), "files": (BytesIO(files.jpeg()), "锁.jpg")}
    client.post(f"/staff/cases/{case_id}/add_evidence", data=sent)
    stand = scene.before(client, f"/staff/cases/{case_id}/release_files", key)
    stand.whole = {name: "after" for name in stand.form.chosen() if name.startswith("file-")}
    return stand


def _concluding(scene: Scene, key: str) -> Stand:
    case_id = scene.verified()
    stand = scene.before(scene.client("lead"), f"/staff/cases/{case_id}/conclude", key)
    stand.whole = {name: "没有" for name in stand.form.texts() if name.startswith("answer-")}
    return stand


STANDS: dict[str, Callable[[Scene, str], Stand]] = {
    **{f"cases.carry_out {move}": MOVES[move] for move in MOVES},
    # Beside a waiting report
    "intake.decide sort": _desk(group_id=_industry, reason="归他们"),
    "intake.decide refuse": _desk(reason_code="not_work_safety", explanation="请打 12345"),
    "intake.decide transfer_out": _desk(**_hand_over),
    "intake.decide merge": _desk(),
    "intake.decide set_aside": _desk(until=_day, reason="等"),
    "intake.decide split": _desk(report_id="", part="另一件事"),
    "intake.decide take_back": _desk("dispatched"),
    "intake.merge": _together,
    "intake.end_alarm": _at("dispatcher", _alarm, reason="同一起事故"),
    # Lists
    "queue.bulk": _ask_page,
    "queue.save": _view,
    "queue.drop": _saved_view,
    # Filing and following
    "filing.what_where": _filing("first"),
    "filing.add_evidence": _with_keys(_filing("evidence")),
    "filing.send": _filing("check"),
    "filing.keep_words": _filing("named"),
    "filing.clear": _filing("back"),
    "filing.leave": _filing("sent"),
    "filing.open_receipt": _code,
    "intake.file_for": _taking_down("form"),
    "intake.handed_over": _taking_down("slip"),
    "filing.message": _receipt(body="还锁着"),
    "filing.withdraw": _receipt(reason="弄错了"),
    "filing.object_to": _receipt("ended", body="没去二楼"),
    "filing.rate": _receipt("ended", contacted="no", solved="no", satisfied="no"),
    "filing.safety": _asked_for_safety,
    "filing.claim": _offered,
    "filing.inside_message": _inside(body="靠门的那台"),
    "filing.go_outside": _inside(),
    "filing.keep_notice": _leaving(_receipt()),
    "filing.stop_notice": _with_address,
    "filing.notice_at_filing": _leaving(_filing("sent")),
    "filing.close_receipt": _receipt(),
    # A unit by its link
    "enterprise.sign": _unit,
    "enterprise.object_to": _unit,
    "enterprise.object_to_item": _unit,
    "enterprise.report_done": _unit,
    # The addressee of a disciplinary step by its link
    "enterprise.answer_step": _addressee,
    "enterprise.ask_time": _unit,
    "enterprise.protected": _unit,
    # Help: asked for and judged by links, written down and given by staff
    "enterprise.ask_help": _unit,
    "enterprise.judge_help": _help_link,
    "helping.write_down": _offer,
    **{f"helping.act {name}": HELP[name] for name in HELP},
    # The register of units
    "units.add": _at("lead", "/staff/units/new", name="新厂（虚构）"),
    "units.change": _at("lead", lambda scene: f"/staff/units/{scene.city.unit()}/edit"),
    "units.name": _at(
        "lead",
        lambda scene: f"/staff/units/{scene.city.unit()}/chain",
        link="grid",
        post="第三网格网格员",
        phone="0519-1",
    ),
    "units.take_in": _at("administrator", "/staff/units/import", file=_register),
    # What a unit does by its own account
    "own.begin": _own("/duties/regular", checklist="FIRE-DORM"),
    "own.answer": _own(lambda mill: f"{_own_walk(mill)}/items/F01", result="not_checked"),
    "own.finish": _own(lambda mill: f"{_own_walk(mill, 'drill')}/finish", statement="演练"),
    "own.drop": _own(_own_walk),
    "own.enter_hazard": _own("/hazards/new", words="出口堆货", category=EXIT),
    "own.set_task": _own(
        lambda mill: f"/hazards/{mill.found()}",
        **{"new-task": "清走", "new-who": "主管", "new-due_on": _day},
    ),
    "own.task_done": _own(_own_task, **{"task1-statement": "清走了"}),
    "own.hand_up": _own(lambda mill: f"/hazards/{mill.found()}"),
    "own.open_door": _own("/reports/door", readers="安全科长", name="钱立", post="厂长"),
    "own.close_door": _own(_own_door),
    "own.say": _own(_own_report, **{"say-body": "是哪一台？"}),
    "own.answer_report": _own(_own_report, **{"answer-words": "换好了"}),
    "own.reject": _own(_own_report, **{"reject-words": "不是隐患"}),
    "own.take_up": _own(
        lambda mill: _own_report(mill, "/hazard"), words="吊钩防脱扣断", category=EXIT
    ),
    "own.declare": _own(
        "/declarations/2026-10", kind="nil", name="钱立", post="厂长", confirmed="y"
    ),
    "declarations.invite": _at(
        "member",
        lambda scene: f"/staff/units/{scene.city.unit()}/self-inspection",
        name="钱立",
        post="厂长",
        email="new-unit@example.org",
    ),
    "declarations.mail_again": _at("member", _of_mill),
    "declarations.end": _at("member", _of_mill),
    # An inspection by a checklist
    "plans.make": _at("lead", "/staff/plans/new", title="专项", kind="special"),
    "plans.publish": _at("lead", lambda scene: _planned(scene, publish=False)),
    "plans.drop": _at("lead", lambda scene: _planned(scene, publish=False)),
    "plans.draw": _at("lead", _by_lot, number="03 08 15 20 26 33 11"),
    "plans.visit": _at("member", _planned),
    # Lessons
    "lessons.make": _at("member", _new_lesson, title="一次", facts="锁", lesson="不锁", basis="法"),
    "lessons.edit": _at("member", _lesson("draft", "/edit")),
    "lessons.hand_in": _at("member", _lesson()),
    "lessons.send_back": _at("lead", _lesson("handed_in"), note="再改"),
    "lessons.read": _at("lead", _lesson("handed_in")),
    "lessons.publish": _at("director", _lesson("read"), in_spite="可以"),
    "lessons.withdraw": _at("director", _lesson("published"), reason="认得出"),
    "lessons.judge": _at("lead", _lesson_at_a_case),
    "lessons.plan": _at("lead", _lesson_to_sweep, checklist="FIRE-DORM"),
    "inspections.begin": _inspecting(""),
    "inspections.answer": _inspecting("/items/F01", result="pass"),
    "inspections.drop": _inspecting("/"),
    "inspections.record": _inspecting(
        "/finish",
        inspectors=lambda s: _people(s, None),
        finding="查了",
        inspectors_sign="\n".join(INSPECTORS),
        sign_unit="signed",
        signer_name="钱立",
        signer_post="厂长",
        **NEW_UNIT,
    ),
    # Checklists
    "checklists.add": _at(
        "administrator", f"{CHECKLISTS}/new", code="OWN", zh="自定", en="Our own", sector="fire"
    ),
    "checklists.take_in": _at("administrator", f"{CHECKLISTS}/import", file=_checklist_file),
    "checklists.begin": _at("administrator", f"{CHECKLISTS}/FIRE-DORM"),
    "checklists.end": _use,
    "checklists.resume": _use,
    "checklists.press": _drafted(""),
    "checklists.publish": _drafted("", holds_from=_day),
    "checklists.change_head": _drafted("/head"),
    "checklists.keep_item": _drafted("/items/F01"),
    "checklists.add_item": _drafted(
        "/items/new",
        id="F90",
        weight="1",
        zh="新的一项",
        en="A new one",
        basis="消防法 | 第十六条 | memory",
    ),
    # Administration
    "people.add": _at(
        "administrator",
        "/admin/people/new",
        name="新人",
        post="科员",
        email="new@example.org",
        language="en",
        role="auditor",
    ),  # fmt: skip
    "people.edit": _at(
        "administrator",
        lambda scene: f"/admin/people/{_account(scene, 'other_member')}",
        name="改名",
        post="科员",
        email="other_member@example.org",
    ),  # fmt: skip
    "people.give": _at(
        "administrator",
        lambda scene: f"/admin/people/{_account(scene, 'other_lead')}",
        role="auditor",
    ),
    "people.switch": _at("administrator", lambda scene: f"/admin/people/{_account(scene)}/active"),
    "people.hand_over": _at("administrator", _left_page),
    "people.reset": _at("administrator", lambda scene: f"/admin/people/{_account(scene)}"),
    "people.mail_link": _at("administrator", lambda scene: f"/admin/people/{_invited(scene).id}"),
    "people.end": _at("administrator", _role_page),
    "groups.change": _at(
        "administrator",
        lambda scene: f"/admin/people/groups/{scene.city.group('sup-liyang')}",
    ),
    "groups.end": _at(
        "administrator",
        lambda scene: f"/admin/people/groups/{scene.city.group('sup-liyang')}/end",
    ),
    "ties.declare": _at("administrator", _tie_page, unit_id=_some_unit),
    "ties.end": _at("administrator", _tied_person),
    "profile.declare": _at("second_member", _own_tie_page, unit_id=_some_unit),
    "profile.save_profile": _at("member", "/profile/"),
    "system.send_again": _at("administrator", _failed_mail),
    # The treasury
    "treasury.code": _paying,
    "treasury.pay_reward": _paying,
    # Signing in
    "security.login": _at("nobody", "/login", email="lead@example.org", password="x"),
    "security.logout": _signed_in("/profile/"),
    "security.change_password": _signed_in("/profile/password"),
    "security.forgot_password": _at("nobody", "/reset", email="lead@example.org"),
    "security.reset_password": _new_password,
}
#: A press alone: no page has a field of theirs into which anything is typed.
PRESSES = frozenset(
    {
        *("signin.act_as", "signin.stay", "cases.presence", "intake.dispatch_ready"),
        *("intake.bring_up", "intake.alarm_lane", "ladder.evidence_pdf", "ladder.evidence_zip"),
        # The page's script sends the fields of the form beside it while somebody types.
        *("filing.save", "filing.kinds", "cases.save"),
        # Sent by the script of the page without a network: test_offline.py of both kinds.
        *("filing.begin", "filing.take_kept"),
        # No form: files come piece by piece (tests/security/test_resumable_uploads.py).
        *("filing.add_file", "inspections.announce_photo", "own.announce_photo"),
        # Sent by a phone that had no network: tests/integration/test_inspecting.py, and
        # test_self_inspection_by_phone.py.
        *("inspections.sync", "own.sync"),
    }
)
assert set(MOVES) == set(MOVE_FORMS), set(MOVES) ^ set(MOVE_FORMS)
assert set(HERE) <= {key.split()[1] for key in STANDS if key.startswith("intake.decide")}
