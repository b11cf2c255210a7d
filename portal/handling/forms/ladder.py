"""Forms of the moves on the ladder of disciplinary steps."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form
from wtforms.fields import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    FieldList,
    FormField,
    MultipleFileField,
    SelectChoice,
    SelectMultipleField,
)
from wtforms.validators import Optional

from portal.cases.lifecycle import step_commands as s
from portal.cases.lifecycle.listing import can_be_listed, latest_day
from portal.clocks.reading import LISTING
from portal.discipline.kinds import (
    END_LABELS,
    GROUND_SENTENCES,
    OF_ORDERED,
    OF_PROPOSALS,
    Commitment,
    End,
    Ground,
    Step,
)
from portal.discipline.lifecycle import skips, suggest
from portal.handling.forms.base import (
    LINE_MAX,
    YES_NO,
    AtCase,
    MoveForm,
    Overriding,
    UuidRadio,
    as_uuid,
    chosen,
    line,
    radios,
    words,
)
from portal.units.kinds import LINK_LABELS
from portal.web.filters import day, local

PROMISES_MAX = 20


def ground_words(ground: Ground, count: int) -> str:
    """Return a ground with what was measured."""
    return str(GROUND_SENTENCES[ground]) % {"count": count}


def step_choices(at: AtCase, wanted: Any) -> list[SelectChoice]:
    """Return the steps for which `wanted` holds, each with its post."""
    found = []
    for row in at.sheet.steps:
        facts = at.facts.ladder.step(row.id)
        if facts is not None and wanted(facts):
            rung = at.preset.ladder.rung(row.rung)
            name = rung.name.in_language(at.language) if rung else str(row.rung)
            label = _(
                "%(step)s, %(post)s",
                step=name,
                post=at.sheet.posts[row.id].in_language(at.language),
            )
            found.append(SelectChoice(str(row.id), label))
    return found


class _StepSaid(Overriding):
    """A step that begins: which, toward whom, on what grounds, why."""

    rung = radios(_l("Which step"))
    link = radios(_l("Toward"))
    grounds = SelectMultipleField(_l("Grounds"), choices=[], validate_choice=False)
    reason = words(_l("Why this step"), _l("The addressee reads it. Nothing of a reporter."), 2000)
    skip_reason = words(
        _l("Why a milder step is not enough"),
        _l("Needed where a rung is left out. Only staff read it."),
        LINE_MAX,
    )

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        facts, role = at.facts.ladder, at.facts.actor.role
        self.rung.choices = [
            SelectChoice(rung.code, _rung_words(at, rung))
            for rung in facts.ladder.rungs
            if role in self.may(rung)
        ]
        self.link.choices = [
            SelectChoice(
                link.value,
                _(
                    "%(link)s: %(post)s",
                    link=LINK_LABELS[link],
                    post=post.name.in_language(at.language),
                ),
            )
            for link, post in facts.posts.items()
        ]
        self.grounds.choices = [
            SelectChoice(ground.value, ground_words(ground, facts.grounds[ground]))
            for ground in facts.held
        ]
        suggested = suggest(facts.ladder, facts.grounds, facts.steps, at.now)
        if self.is_fresh and suggested is not None:
            self.grounds.data = [ground.value for ground, _found, _least in suggested.because]
            if role in self.may(facts.ladder.rung(suggested.rung)):
                self.rung.data = suggested.rung.value

    def may(self, rung: Any) -> Any:
        """Return the roles to which the preset gives this with a rung."""
        raise NotImplementedError

    def said(self) -> dict[str, Any]:
        return {
            "rung": chosen(self.rung),
            "link": chosen(self.link),
            "grounds": tuple(self.grounds.data or ()),
            "reason": self.reason.data or "",
            "skip_reason": self.skip_reason.data or "",
        }


def _rung_words(at: AtCase, rung: Any) -> str:
    facts = at.facts.ladder
    name: str = rung.name.in_language(at.language)
    if skips(facts.ladder, facts.steps, rung.code):
        return str(_("%(step)s (leaves out a rung: needs a reason)", step=name))
    return name


class ProposeStepForm(_StepSaid):
    def may(self, rung: Any) -> Any:
        return rung.may_propose

    def command(self, at: AtCase) -> s.ProposeStep:
        return s.ProposeStep(**self.first(at), **self.said())


class OrderStepForm(_StepSaid):
    goes_out = True

    step_id = UuidRadio(_l("What was proposed"))
    meeting_on = DateField(_l("Day of the interview (only for an interview)"), [Optional()])
    hazard_id = UuidRadio(_l("Hazard that is listed (only for a listing)"))
    until_on = DateField(_l("Until when it has to be put right (only for a listing)"), [Optional()])
    published = words(
        _l("The hazard as the public reads it (only for a listing)"),
        _l("It stands on the public list with the unit’s name. No people, nothing of a reporter."),
        LINE_MAX,
    )

    def may(self, rung: Any) -> Any:
        return rung.may_order

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        self._suit_listing(at)
        proposed = step_choices(at, lambda step: step.is_open and step.ordered_at is None)
        if not proposed:
            del self.step_id
            return
        own = SelectChoice("", _("None of these: a step of my own, as said below"))
        self.step_id.choices = [*proposed, own]
        if self.is_fresh:
            self.step_id.data = as_uuid(proposed[0].value)

    def _suit_listing(self, at: AtCase) -> None:
        """Offer what can be listed; where nothing can be, its fields are not there."""
        able = set(can_be_listed(at.facts))
        rung = at.facts.ladder.ladder.rung(Step.LIST_FOR_SUPERVISION)
        if not able or rung is None or at.facts.actor.role not in self.may(rung):
            del self.hazard_id, self.until_on, self.published
            return
        found = [row for row in at.sheet.hazards if row.id in able]
        self.hazard_id.choices = [
            SelectChoice(str(row.id), f"{row.number}. {at.sheet.text(row.text_id)[:80]}")
            for row in found
        ]
        latest = latest_day(at.facts)
        self.until_on.description = _("%(day)s at the latest.", day=day(latest, year=True))
        limit = at.preset.limits.limits.get(LISTING)
        if self.is_fresh and len(found) == 1:
            self.hazard_id.data = found[0].id
            self.published.data = at.sheet.text(found[0].text_id)
        if self.is_fresh and limit is not None:
            self.until_on.data = min(latest, at.facts.today + timedelta(days=limit.value))

    def shown(self) -> list[Any]:
        """Return the fields; what was proposed stands first."""
        return sorted(super().shown(), key=lambda field: field.name != "step_id")

    def command(self, at: AtCase) -> s.OrderStep:
        step_id = self.step_id.data if "step_id" in self else None
        said = {} if step_id else self.said()
        if "hazard_id" in self:
            said |= {name: self[name].data for name in ("hazard_id", "until_on")}
            said["published"] = self.published.data or ""
        return s.OrderStep(
            **self.first(at), step_id=step_id, meeting_on=self.meeting_on.data, **said
        )

    def preview(self, at: AtCase) -> list[tuple[str, str]]:
        command = self.command(at)
        row = next((one for one in at.sheet.steps if one.id == command.step_id), None)
        code = row.rung if row else command.rung
        rung = at.preset.ladder.rung(code or "")
        name = rung.name.in_language(at.language) if rung else ""
        reason = at.sheet.text(row.reason_text_id) if row else command.reason
        parts = [(_("%(step)s: what the addressee reads", step=name), reason)]
        if command.meeting_on and code == "interview":
            parts.append((_("Day of the interview"), day(command.meeting_on)))
        if code == Step.LIST_FOR_SUPERVISION:
            unit = at.sheet.units.get(at.facts.case.unit_id) if at.facts.case.unit_id else None
            until = _("to be put right by %(day)s", day=day(command.until_on, year=True))
            public = "\n".join((unit.name if unit else "", command.published, until))
            parts.append((_("What stands on the public list"), public))
        return parts


class AnswerStepForm(MoveForm):
    """An answer on paper, as the group records it."""

    step_id = UuidRadio(_l("Which step"))
    body = words(_l("What the addressee answers"), _l("In their own words."))
    name = line(_l("Who answered: name"), longest=100)
    post = line(_l("Who answered: post"), longest=100)
    arrived_on = DateField(_l("Day on which it arrived"), [Optional()])
    #: The view takes them in before anything is written.
    files = MultipleFileField(
        _l("The paper as a picture or PDF"),
        description=_l("JPEG, PNG, WebP, HEIC or PDF. Place, time and model are removed."),
    )

    def suit(self, at: AtCase) -> None:
        self.step_id.choices = step_choices(
            at, lambda step: step.is_open and step.ordered_at is not None and not step.answered_at
        )
        if self.is_fresh:
            self.arrived_on.data = at.facts.today
            if len(self.step_id.choices) == 1:
                self.step_id.data = as_uuid(self.step_id.choices[0].value)

    def command(self, at: AtCase) -> s.AnswerStep:
        return s.AnswerStep(
            **self.first(at),
            step_id=self.step_id.data,
            body=self.body.data or "",
            name=self.name.data or "",
            post=self.post.data or "",
            arrived_on=self.arrived_on.data,
        )


class EndStepForm(Overriding):
    step_id = UuidRadio(_l("Which step"))
    end = radios(_l("How it ends"))
    effect = words(
        _l("What came of it, or why it is withdrawn"), _l("The addressee reads it."), 2000
    )

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        self.step_id.choices = step_choices(at, lambda step: step.is_open)
        steps = [step for step in at.facts.ladder.steps if step.is_open]
        able: set[End] = set()
        if any(step.ordered_at is None for step in steps):
            able |= OF_PROPOSALS
        if any(step.ordered_at is not None for step in steps):
            able |= OF_ORDERED
        self.end.choices = [SelectChoice(e.value, END_LABELS[e]) for e in End if e in able]
        if self.is_fresh and len(self.step_id.choices) == 1:
            self.step_id.data = as_uuid(self.step_id.choices[0].value)

    def command(self, at: AtCase) -> s.EndStep:
        return s.EndStep(
            **self.first(at),
            step_id=self.step_id.data,
            end=chosen(self.end),
            effect=self.effect.data or "",
        )


class RevokeStepLinkForm(MoveForm):
    step_id = UuidRadio(_l("Which step"))
    reason = words(_l("Reason"), longest=LINE_MAX)

    def suit(self, at: AtCase) -> None:
        self.step_id.choices = step_choices(
            at, lambda step: step.is_open and step.has_link and step.ordered_at is not None
        )

    def command(self, at: AtCase) -> s.RevokeStepLink:
        return s.RevokeStepLink(
            **self.first(at), step_id=self.step_id.data, reason=self.reason.data or ""
        )


class PromiseRow(Form):
    words = words(_l("What was promised"), longest=LINE_MAX)
    due_on = DateField(_l("By"), [Optional()])


class HoldInterviewForm(Overriding):
    growing = {"commitments": _l("Add a commitment")}

    step_id = UuidRadio(_l("Interview"))
    held_at = DateTimeLocalField(_l("It began"), [Optional()])
    until_at = DateTimeLocalField(_l("It ended"), [Optional()])
    place = line(_l("Where"))
    people = words(
        _l("Who was there"),
        _l("Who talked, who was talked to, who wrote it down: each with name and post."),
        2000,
    )
    record = words(_l("Matter and facts"))
    basis = words(_l("Legal basis"), longest=LINE_MAX)
    statement = words(_l("What the person said to it"), _l("Also that nothing was said."))
    demands = words(_l("What is demanded, and by when"), longest=2000)
    signed = BooleanField(_l("Both sides signed the record (leave it empty if one refused)"))
    commitments = FieldList(FormField(PromiseRow), min_entries=1, max_entries=PROMISES_MAX)

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        self.step_id.choices = step_choices(
            at,
            lambda step: (
                step.is_open
                and step.ordered_at is not None
                and step.rung == "interview"
                and not step.is_held
            ),
        )
        if not self.is_fresh:
            return
        if len(self.step_id.choices) == 1:
            self.step_id.data = as_uuid(self.step_id.choices[0].value)
        here = local(at.now).replace(second=0, microsecond=0, tzinfo=None)
        self.held_at.data = self.until_at.data = here

    def command(self, at: AtCase) -> s.HoldInterview:
        zone = at.preset.limits.zone
        held, until = self.held_at.data, self.until_at.data
        rows = [row.form for row in self.commitments.entries]
        return s.HoldInterview(
            **self.first(at),
            step_id=self.step_id.data,
            held_at=held.replace(tzinfo=zone) if held else None,
            until_at=until.replace(tzinfo=zone) if until else None,
            place=self.place.data or "",
            people=self.people.data or "",
            record=self.record.data or "",
            basis=self.basis.data or "",
            statement=self.statement.data or "",
            demands=self.demands.data or "",
            signed=self.signed.data,
            commitments=tuple(
                s.Promised(words=row.words.data or "", due_on=row.due_on.data)
                for row in rows
                if (row.words.data or "").strip() or row.due_on.data
            ),
        )


class SettleCommitmentForm(Overriding):
    commitment_id = UuidRadio(_l("Commitment"))
    kept = radios(_l("Was it kept?"), YES_NO)
    reason = words(_l("What shows it"), longest=LINE_MAX)

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        self.commitment_id.choices = [
            SelectChoice(
                str(row.id),
                _(
                    "%(words)s (by %(day)s)",
                    words=at.sheet.text(row.text_id)[:80],
                    day=day(row.due_on),
                ),
            )
            for row in at.sheet.commitments
            if row.state is Commitment.OPEN
        ]

    def command(self, at: AtCase) -> s.SettleCommitment:
        said = chosen(self.kept)
        return s.SettleCommitment(
            **self.first(at),
            commitment_id=self.commitment_id.data,
            kept=said == "yes" if said else None,
            reason=self.reason.data or "",
        )
