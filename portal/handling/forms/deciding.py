"""Forms of deciding and talking."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields import BooleanField, DateField, MultipleFileField, SelectChoice
from wtforms.validators import Optional

from portal.cases.kinds import FINDING_LABELS, SHOWS_LABELS, Finding, Shows, Source, finding_words
from portal.cases.lifecycle import commands as c
from portal.handling.forms.base import (
    LINE_MAX,
    AtCase,
    MoveForm,
    Overriding,
    UuidRadio,
    chosen,
    radios,
    words,
)
from portal.web.filters import day, day_part

UPHELD = (SelectChoice("yes", _l("Upheld")), SelectChoice("no", _l("Not upheld")))
GROUNDS = (
    SelectChoice("upheld_objection", _l("An objection was upheld")),
    SelectChoice("audit_finding", _l("An audit finding")),
    SelectChoice("new_evidence", _l("New evidence")),
)
ANSWER = "answer-"
FILE = "file-"
NOT_SHOWN = "no"


class VerifyForm(Overriding):
    finding = radios(
        _l("Is it true?"),
        [SelectChoice(code.value, label) for code, label in FINDING_LABELS.items()],
    )
    reason = words(
        _l("What was established"), _l("Without a visit: also why it could be settled without.")
    )

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        source = at.sheet.case.source
        if source is Source.INSPECTION:
            self.finding.label.text = _("What came of the visit?")
        self.finding.choices = [
            SelectChoice(one.value, finding_words(one, source)) for one in FINDING_LABELS
        ]

    def command(self, at: AtCase) -> c.Verify:
        code = chosen(self.finding)
        known = code in {finding.value for finding in Finding}
        return c.Verify(
            **self.first(at),
            finding=Finding(code) if code and known else None,
            reason=self.reason.data or "",
        )


class ConcludeForm(Overriding):
    """One answer for each report; the fields are made for the case by `conclude_form`."""

    goes_out = True

    def answers(self) -> list[Any]:
        return [field for field in self if field.name.startswith(ANSWER)]

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        many = len(at.sheet.reports) > 1
        for report in at.sheet.reports:
            field = self[f"{ANSWER}{report.id}"]
            if many:
                field.label.text = _(
                    "Answer to the report of %(day)s", day=day_part(report.filed_at)
                )
            if report.withdrawn_at:
                field.description = _("This report was withdrawn; an answer is not needed.")
            elif report.receipt_hash is None:
                field.description = _("No reporter can be reached: nobody filed this by the form.")

    def command(self, at: AtCase) -> c.Conclude:
        return c.Conclude(
            **self.first(at),
            answers=tuple(
                (report.id, self[f"{ANSWER}{report.id}"].data or "") for report in at.sheet.reports
            ),
        )

    def preview(self, at: AtCase) -> list[tuple[str, str]]:
        return [(str(field.label.text), field.data) for field in self.answers() if field.data]


def conclude_form(at: AtCase) -> type[MoveForm]:
    """Return the form with a field for each report of the case."""
    fields = {
        f"{ANSWER}{report.id}": words(_l("Answer to the reporter")) for report in at.sheet.reports
    }
    return type("ConcludeForm", (ConcludeForm,), fields)


class CloseForm(Overriding):
    goes_out = True

    lesson_considered = BooleanField(_l("We have considered what is to be learnt from it"))
    reason = words(
        _l("Why no hazard remains"), _l("Needed unless it was true and is put right."), LINE_MAX
    )

    def command(self, at: AtCase) -> c.Close:
        return c.Close(
            **self.first(at),
            lesson_considered=self.lesson_considered.data,
            reason=self.reason.data or "",
        )

    def preview(self, at: AtCase) -> list[tuple[str, str]]:
        case = at.facts.case
        if case.finding in (Finding.TRUE, Finding.PARTLY):
            said = _("Closed: fixed, and checked by someone who did not do the work.")
        elif not at.facts.live_items and all(report.withdrawn for report in at.facts.reports):
            said = _("You withdrew it. We looked and found no hazard left.")
        elif case.inspected_at:
            said = _("Closed: we visited and did not find it.")
        else:
            said = _("Closed: we looked into it without a visit and did not find it.")
        return [(_("The reporter reads"), said)]


class DecideObjectionForm(Overriding):
    objection_id = UuidRadio(_l("Objection"))
    upheld = radios(_l("Ruling"), UPHELD)
    no_hazard = BooleanField(
        _l("The finding was wrong: what the task was ordered for is no hazard"),
        description=_l(
            "Only if an objection to a task is granted. Left empty, the task alone is withdrawn"
            " and the hazard waits for one that fits."
        ),
    )
    reason = words(_l("Reason"), _l("Whoever objected reads it."))

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        waiting = [one for one in at.sheet.objections if one.decided_at is None]
        self.objection_id.choices = [
            SelectChoice(str(one.id), f"{_about(at, one)}{at.sheet.text(one.text_id)[:80]}")
            for one in waiting
        ]
        if self.is_fresh and len(waiting) == 1:
            self.objection_id.data = waiting[0].id
        if not any(one.item_id for one in waiting):
            del self.no_hazard

    def command(self, at: AtCase) -> c.DecideObjection:
        return c.DecideObjection(
            **self.first(at),
            objection_id=self.objection_id.data,
            upheld=self.upheld.data == "yes",
            reason=(self.reason.data or "") if chosen(self.upheld) else "",
            no_hazard="no_hazard" in self and bool(self.no_hazard.data),
        )


def _about(at: AtCase, one: Any) -> str:
    """Return the task that an objection is about, with its number; "" for none."""
    items = [item for rows in at.sheet.items.values() for item in rows]
    item = next((item for item in items if item.id == one.item_id), None)
    return "" if item is None else str(_("Task %(number)s", number=item.number)) + " · "


class ReopenForm(MoveForm):
    ground = radios(_l("Ground"), GROUNDS)
    reason = words(_l("Reason"), longest=LINE_MAX)

    def command(self, at: AtCase) -> c.Reopen:
        return c.Reopen(
            **self.first(at), ground=chosen(self.ground) or "", reason=self.reason.data or ""
        )


class PauseForm(Overriding):
    reason_code = radios(_l("Reason"))
    reason = words(_l("What is waited for"), longest=LINE_MAX)

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        self.reason_code.choices = [
            SelectChoice(code, name.in_language(at.language))
            for code, name in at.preset.limits.pause.reasons.items()
        ]

    def command(self, at: AtCase) -> c.Pause:
        return c.Pause(
            **self.first(at),
            reason_code=chosen(self.reason_code) or "",
            reason=self.reason.data or "",
        )


class ResumeForm(MoveForm):
    reason = words(_l("What has come"), longest=LINE_MAX)

    def command(self, at: AtCase) -> c.Resume:
        return c.Resume(**self.first(at), reason=self.reason.data or "")


class _MessageForm(MoveForm):
    goes_out = True
    keeps_files = True

    report_id = UuidRadio(_l("To whom"))
    body = words(_l("Message"))
    promised_on = DateField(
        _l("We write again by"),
        [Optional()],
        description=_l("Optional. The reporter reads the date, and it counts as a promise."),
    )
    files = MultipleFileField(
        _l("Files for the reporter"),
        description=_l(
            "Optional: photos or PDF. The reporter gets copies without hidden data. What can’t be"
            " cleaned is not taken."
        ),
    )

    def suit(self, at: AtCase) -> None:
        reachable = [report for report in at.sheet.reports if report.receipt_hash is not None]
        if len(reachable) == 1:
            self.report_id.data = reachable[0].id
        self.report_id.choices = [
            SelectChoice(
                str(report.id), _("The reporter of %(day)s", day=day_part(report.filed_at))
            )
            for report in reachable
        ]

    def shown(self) -> list[Any]:
        fields = super().shown()
        alone = len(self.report_id.choices) == 1
        return [field for field in fields if not (alone and field.name == "report_id")]

    def preview(self, at: AtCase) -> list[tuple[str, str]]:
        lines = [self.body.data or ""]
        if self.promised_on.data:
            lines.append(_("We write to you again by %(date)s.", date=day(self.promised_on.data)))
        return [(_("The reporter reads"), "\n".join(lines))]

    def said(self, at: AtCase) -> dict[str, Any]:
        """Return what both commands of talking take."""
        return {
            **self.first(at),
            "report_id": self.report_id.data,
            "body": self.body.data or "",
            "promised_on": self.promised_on.data,
        }


class AskForm(_MessageForm):
    def command(self, at: AtCase) -> c.Ask:
        return c.Ask(**self.said(at))


class AnswerForm(_MessageForm):
    def command(self, at: AtCase) -> c.Answer:
        return c.Answer(**self.said(at))


class AddEvidenceForm(MoveForm):
    """The view takes the files in before anything is written, and gives them to the command."""

    files = MultipleFileField(_l("Photos or documents"))

    def command(self, at: AtCase) -> c.AddEvidence:
        return c.AddEvidence(**self.first(at), files=())


class ReleaseFilesForm(MoveForm):
    """One choice for each picture; the fields are made for the case by `release_form`."""

    goes_out = True

    def choices(self) -> list[tuple[UUID, Any]]:
        return [
            (UUID(field.name.removeprefix(FILE)), field)
            for field in self
            if field.name.startswith(FILE)
        ]

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        for file, field in self.choices():
            if self.is_fresh:
                field.data = at.facts.released.get(file, NOT_SHOWN)

    def command(self, at: AtCase) -> c.ReleaseFiles:
        wanted = [(file, chosen(field)) for file, field in self.choices()]
        return c.ReleaseFiles(
            **self.first(at),
            files=tuple((file, Shows(shows)) for file, shows in wanted if shows in set(Shows)),
        )

    def preview(self, at: AtCase) -> list[tuple[str, str]]:
        shown = [
            f"{field.label.text}: {Shows(field.data).label}"
            for _file, field in self.choices()
            if field.data in set(Shows)
        ]
        return [(_("The reporter sees"), "\n".join(shown) or _("No picture any more"))]


def release_form(at: AtCase) -> type[MoveForm]:
    """Return the form with a choice for each picture that can be shown."""
    options = [
        SelectChoice(NOT_SHOWN, _l("Not shown")),
        *(SelectChoice(one.value, label) for one, label in SHOWS_LABELS.items()),
    ]
    fields = {f"{FILE}{file}": radios(name, options) for file, name in at.pictures()}
    return type("ReleaseFilesForm", (ReleaseFilesForm,), fields)


class NoteForm(MoveForm):
    body = words(_l("Note"))

    def command(self, at: AtCase) -> c.Note:
        return c.Note(**self.first(at), body=self.body.data or "")


class RecuseForm(MoveForm):
    reason = words(_l("Reason"), longest=LINE_MAX)

    def command(self, at: AtCase) -> c.Recuse:
        return c.Recuse(**self.first(at), reason=self.reason.data or "")
