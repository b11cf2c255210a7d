"""A city whose cases can be walked to where a form stands, and somebody who stands before it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.access.kinds import Actor, Role
from portal.cases.kinds import Finding
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import reward_commands as r
from portal.cases.lifecycle import step_commands as s
from portal.cases.models import Case
from portal.foundation.transaction import unit_of_work
from portal.rewards.services import shown_code
from portal.units.services import declare_tie
from tests.support.city import NOON, OF_MAJOR
from tests.support.markup import Page, PageForm, key_of
from tests.support.visitor import Visitor

DAY = timedelta(days=1)


@dataclass
class Stand:
    """Somebody with a page before them, the form of it that is meant, and what makes it whole."""

    client: Any
    page: Page
    form: PageForm
    whole: dict[str, Any] = field(default_factory=dict)

    def post(self, data: dict[str, Any], *, action: str = "") -> Any:
        """Send fields, nothing added; redirects are not followed."""
        return self.client.post(action or self.form.action, data=data)


class Scene:
    """A city in which cases can be walked to where a form stands."""

    def __init__(self, app: Any, city: Any, client_for: Any, stands: Any) -> None:
        self.app, self.city, self.client_for, self.stands = app, city, client_for, stands
        self.session = city.session
        self.clients: dict[str, Any] = {}

    def stand(self, key: str) -> Stand:
        """Come to stand before the form of that key."""
        return self.stands[key](self, key)

    def before(
        self, client: Any, address: str, key: str, answer: Any = None, **whole: Any
    ) -> Stand:
        """Open a page, or take the answer given, and find the form of the key on it.

        The address asks for English, as after a press on the link to the other language.
        """
        self.session.rollback()
        address += "&lang=en" if "?" in address else "?lang=en"
        answer = answer if answer is not None else client.get(address, follow_redirects=True)
        assert answer.status_code == 200, (key, address, answer.status_code)
        page = Page(answer.get_data(as_text=True), answer.request.full_path.rstrip("?"))
        found = [form for form in page.forms if key_of(self.app, form) == key]
        assert found, (key, address, [form.action for form in page.forms])
        return Stand(client, page, found[-1], whole)

    def client(self, name: str) -> Any:
        if name not in self.clients:
            is_staff = name in self.city.actors
            make = self.client_for(self.city.actors[name]) if is_staff else self.app.test_client()
            self.clients[name] = make
        return self.clients[name]

    def person(self, name: str) -> Actor:
        found = self.city.actors[name]
        assert isinstance(found, Actor)
        return found

    # Cases

    def received(self) -> Any:
        return self.city.file().case_id

    def dispatched(self) -> Any:
        case_id = self.received()
        self.city.accepted(case_id)
        self.city.dispatched(case_id)
        return case_id

    def handed_over(self) -> Any:
        case_id = self.received()
        away = {"office": "ecology", "handover": "函 12 号", "explanation": "归他们管"}
        self.city.move(self.city.dispatcher, c.TransferOut, case_id, **away)
        return case_id

    def in_hand(self) -> Any:
        return self.city.in_hand().case_id

    def inspected(self) -> Any:
        case_id = self.in_hand()
        self.city.inspected(case_id)
        return case_id

    def booked(self) -> Any:
        case_id = self.inspected()
        self.city.book(case_id, self.hazards(case_id))
        return case_id

    def booked_major(self) -> Any:
        """A case whose hazard is major, with its task book out."""
        case_id = self.inspected()
        self.city.levelled(self.hazards(case_id)[0], case_id)
        self.city.book(case_id, self.hazards(case_id), **OF_MAJOR)
        return case_id

    def hazards(self, case_id: Any) -> list[Any]:
        from portal.inspections.models import Hazard

        return list(self.session.scalars(select(Hazard.id).where(Hazard.case_id == case_id)))

    def reported(self) -> Any:
        case_id = self.booked()
        item = self.city.items(case_id)[0]
        unit = Actor(role=Role.UNIT, task_book_id=item.task_book_id)
        done = {"item_id": item.id, "name": "张", "post": "厂长", "statement": "好了"}
        self.city.move(unit, c.ReportItemDone, case_id, **done)
        return case_id

    def major_later(self) -> Any:
        """A case whose hazard was decided to be major when its task was out already."""
        case_id = self.booked()
        self.city.levelled(self.hazards(case_id)[0], case_id)
        return case_id

    def major_reported(self) -> Any:
        """A case whose only hazard is major, its task reported done."""
        case_id = self.reported()
        self.city.levelled(self.hazards(case_id)[0], case_id)
        return case_id

    def time_asked(self) -> Any:
        """A case for whose task the unit has asked for more time."""
        case_id = self.booked()
        item = self.city.items(case_id)[0]
        unit = Actor(role=Role.UNIT, task_book_id=item.task_book_id)
        asked = {"item_id": item.id, "name": "张", "post": "厂长", "reason": "没到货"}
        until = item.due_on + timedelta(days=2)
        self.city.move(unit, c.AskExtension, case_id, plan="下周装", new_due_on=until, **asked)
        return case_id

    def returned_before(self) -> Any:
        case_id = self.in_hand()
        self.city.move(self.city.lead, c.ReturnDispatch, case_id, reason="不归我们管")
        self.city.dispatched(case_id)
        return case_id

    def return_asked(self) -> Any:
        case_id = self.returned_before()
        self.city.move(self.city.lead, c.AskReturn, case_id, reason="还是不归我们管")
        return case_id

    def verified(self) -> Any:
        case_id = self.in_hand()
        true = {"finding": Finding.NOT_TRUE, "reason": "看过"}
        self.city.move(self.city.lead, c.Verify, case_id, **true)
        return case_id

    def concluded(self) -> Any:
        filed = self.city.in_hand()
        self.city.move(
            self.city.lead, c.Verify, filed.case_id, finding=Finding.NOT_TRUE, reason="看过"
        )
        answers = ((filed.report_id, "没有"),)
        self.city.move(self.city.lead, c.Conclude, filed.case_id, answers=answers)
        return filed.case_id

    def closed(self) -> Any:
        return self.city.closed().case_id

    def objected(self) -> Any:
        filed = self.city.closed()
        reporter = self.city.reporter(filed.report_id)
        self.city.move(reporter, c.Object, filed.case_id, body="没去二楼")
        return filed.case_id

    def paused(self) -> Any:
        case_id = self.in_hand()
        why = {"reason_code": "force_majeure", "reason": "台风"}
        self.city.move(self.city.lead, c.Pause, case_id, **why)
        return case_id

    def tied(self) -> Any:
        """A case in hand whose lead has a tie to its unit."""
        case_id = self.booked()
        case = self.session.get_one(Case, case_id)
        lead = self.person("lead")
        with unit_of_work(self.session) as own:
            declare_tie(
                own, lead, person_id=lead.person_id, unit_id=case.unit_id, kind="other", now=NOON
            )
        return case_id

    def laddered(self) -> Any:
        """A case of which a task did not pass its check: a fact that grounds a step."""
        case_id = self.reported()
        item = self.city.items(case_id)[0].id
        again = {"item_id": item, "opinion": "没拆", "new_due_on": (NOON + DAY).date()}
        self.city.move(self.city.supervisor, c.FailReview, case_id, **again)
        return case_id

    def addressed(self, rung: str = "remind", **more: Any) -> Any:
        """A case with a step that was ordered toward the district."""
        case_id = self.laddered()
        said = {"rung": rung, "link": "district", "grounds": ("failed",), "reason": "请督促整改"}
        said |= {"skip_reason": "多次催办无果", **more}
        self.city.move(self.city.director, s.OrderStep, case_id, step_id=None, **said)
        return case_id

    def interviewed(self) -> Any:
        """A case in which an interview was ordered that was not held yet."""
        return self.addressed("interview", meeting_on=(NOON + 7 * DAY).date())

    def promised(self) -> Any:
        """A case with a commitment of an interview."""
        from portal.discipline.models import DisciplinaryStep

        case_id = self.interviewed()
        wanted = select(DisciplinaryStep.id).where(DisciplinaryStep.case_id == case_id)
        held = {"held_at": NOON, "until_at": NOON, "place": "安委办", "people": "张三"}
        promised = (s.Promised(words="装门", due_on=(NOON + 9 * DAY).date()),)
        held |= dict.fromkeys(("record", "basis", "statement", "demands"), "谈了")
        held |= {"signed": True, "commitments": promised}
        step = self.session.scalar(wanted)
        self.city.move(self.city.director, s.HoldInterview, case_id, step_id=step, **held)
        return case_id

    def listed(self) -> Any:
        """A case whose only hazard is major and stands on the list for supervision."""
        case_id = self.booked_major()
        self.city.listed(case_id, self.hazards(case_id)[0])
        return case_id

    def put_right(self) -> Any:
        """The same, its task done and signed for by two people."""
        case_id = self.listed()
        item = self.city.items(case_id)[0]
        unit = Actor(role=Role.UNIT, task_book_id=item.task_book_id)
        done = {"item_id": item.id, "name": "张", "post": "厂长", "statement": "好了"}
        self.city.move(unit, c.ReportItemDone, case_id, **done)
        seen = {"item_id": item.id, "opinion": "看到已拆", "on_site": True}
        self.city.move(self.city.lead, c.SignCheck, case_id, **seen)
        self.city.move(self.city.supervisor, c.PassReview, case_id, **seen)
        return case_id

    def accepted_work(self) -> Any:
        """The same, accepted by another body."""
        case_id = self.put_right()
        self.city.accept_work(case_id)
        return case_id

    def delisting_asked(self) -> Any:
        """The same, and somebody has asked to strike it off."""
        case_id = self.accepted_work()
        listing = self.city.listing(case_id).id
        asked = {"listing_id": listing, "proof": "验收意见和前后照片"}
        self.city.move(self.city.member, s.AskDelisting, case_id, **asked)
        return case_id

    def true(self) -> Any:
        """A case of a named reporter that is settled as true."""
        return self.city.named().case_id

    def reward_proposed(self) -> Any:
        """The same, and a reward waits for signatures."""
        filed = self.city.named()
        self.city.proposed(filed)
        return filed.case_id

    def voucher(self) -> str:
        """The code of a reward that was claimed."""
        filed = self.city.named()
        self.city.offered(filed)
        self.city.move(self.city.reporter(filed.report_id), r.ClaimReward, filed.case_id)
        code = shown_code(self.city.reward(filed.case_id).voucher_id)
        self.session.rollback()
        return code

    def number(self, case_id: Any) -> str:
        return str(self.session.scalar(select(Case.number).where(Case.id == case_id)))

    # People outside

    def visitor(self) -> Visitor:
        return Visitor(self.app)

    def reporter(self, walk: Callable[[Any], None] | None = None) -> Visitor:
        """Somebody at the page of their report, which staff walked on with `walk`."""
        visitor = self.visitor()
        code = visitor.file()
        newest = select(Case.id).order_by(Case.number.desc()).limit(1)
        case_id = self.session.scalar(newest)
        self.session.rollback()
        if walk:
            walk(case_id)
        visitor.open(code)
        return visitor
