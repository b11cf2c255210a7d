"""Forms of task books, their checks, and what ends with the unit."""

from datetime import date, timedelta
from math import ceil
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form
from wtforms.fields import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    MultipleFileField,
    SelectChoice,
)
from wtforms.validators import Optional

from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.effects import MAJOR_FIELDS, MORE_FIELDS
from portal.cases.lifecycle.levels import waits_for_first
from portal.cases.lifecycle.supplementing import COLUMNS, incomplete
from portal.handling.forms.base import (
    LINE_MAX,
    AtCase,
    MoveForm,
    Overriding,
    UuidRadio,
    UuidSelect,
    WithUnit,
    as_uuid,
    line,
    words,
)
from portal.handling.forms.group import hazard_choices
from portal.inspections.kinds import Level
from portal.taskbooks.kinds import ItemState
from portal.web.filters import day

ITEMS_MAX = 50
#: The limit by which a task's date is proposed, by the level of its hazard.
LIMITS = {Level.GENERAL: "rectify_general", Level.MAJOR: "rectify_major"}


#: What a task may hold besides, as the preview and the case page say it.
SAID_BESIDES = {
    "basis": _l("Basis: %(what)s"),
    "funds": _l("Funds: %(what)s"),
    "contingency": _l("Contingency plan: %(what)s"),
    "interim": _l("Interim protection: %(what)s"),
}


class ItemRow(Form):
    hazard_id = UuidSelect(_l("Hazard that it puts right"))
    task = words(_l("What has to be done"), longest=2000)
    responsible = line(_l("Who at the unit is responsible"), longest=200)
    due_on = DateField(_l("By"), [Optional()])
    evidence_asked = line(_l("What will show it"))
    basis = line(_l("Which rule demands it"), _l("As it is cited; the order prints it."))
    funds = line(_l("From what it is paid"), _l("Of a major hazard."))
    contingency = words(
        _l("What is done if it happens all the same"), _l("Of a major hazard."), 2000
    )
    interim = words(
        _l("What keeps people safe until then"),
        _l("Of a major hazard: it has a clock of its own."),
        2000,
    )
    done = BooleanField(_l("Put right on the spot: it only has to be checked"))


class IssueTaskBookForm(WithUnit, Overriding):
    goes_out = True
    growing = {"items": _l("Add a task")}

    items = FieldList(FormField(ItemRow), max_entries=ITEMS_MAX)

    def suit(self, at: AtCase) -> None:
        WithUnit.suit(self, at)
        if self.is_fresh:
            for values in proposed_items(at) or [{"due_on": proposed_due(at, Level.GENERAL)}]:
                self.items.append_entry(values)
        choices = hazard_choices(at)
        has_major = any(hazard.level is Level.MAJOR for hazard in at.facts.hazards)
        for row in self.items.entries:
            row.form.hazard_id.choices = choices
            for name in MAJOR_FIELDS if not has_major else ():
                delattr(row.form, name)

    def command(self, at: AtCase) -> c.IssueTaskBook:
        rows = [row.form for row in self.items.entries]
        return c.IssueTaskBook(
            **self.first(at),
            unit_id=self.unit_id.data,
            items=tuple(
                c.NewItem(
                    hazard_id=row.hazard_id.data,
                    task=row.task.data or "",
                    responsible=row.responsible.data or "",
                    due_on=row.due_on.data,
                    evidence_asked=row.evidence_asked.data or "",
                    done=row.done.data,
                    **{name: row[name].data or "" for name in MORE_FIELDS if name in row},
                )
                for row in rows
                # An added row that was left empty is no task.
                if len(rows) == 1 or any((row.task.data, row.responsible.data))
            ),
        )

    def preview(self, at: AtCase) -> list[tuple[str, str]]:
        unit = self.unit_name.data or _named(self.unit_id)
        found = [(_("The task book goes to"), unit)]
        for number, item in enumerate(self.command(at).items, start=1):
            lines = [
                item.task,
                _("Responsible: %(who)s", who=item.responsible),
                _("By: %(day)s", day=day(item.due_on)),
            ]
            if item.evidence_asked:
                lines.append(_("To show it: %(what)s", what=item.evidence_asked))
            lines += [
                said % {"what": getattr(item, name)}
                for name, said in SAID_BESIDES.items()
                if getattr(item, name)
            ]
            if item.done:
                lines.append(_("Put right on the spot; it will be checked."))
            found.append((_("Task %(number)s", number=number), "\n".join(lines)))
        return found


def _named(field: Any) -> str:
    """Return the label of what was chosen."""
    return next((str(c.label) for c in field.choices if c.value == str(field.data)), "")


def proposed_due(at: AtCase, level: Level, share: float = 1) -> date:
    """Return the day to which a share of the policy's limit for such a hazard leads from today."""
    limit = at.preset.limits.limits[LIMITS[level]]
    return at.facts.today + timedelta(days=ceil(limit.value * share))


def proposed_items(at: AtCase) -> list[dict[str, Any]]:
    """Return a row for each hazard of the present episode that has no task yet.

    The dates are spread evenly up to the limit, so that not everything falls due on one day.
    """
    treated = {item.hazard_id for item in at.facts.live_items}
    episode = at.facts.case.reopen_count
    standing = [h for h in at.facts.hazards if h.episode == episode and not h.is_refuted]
    bare = [h for h in standing if h.id not in treated]
    return [
        {
            "hazard_id": hazard.id,
            "due_on": proposed_due(at, hazard.level, number / len(bare)),
            "done": hazard.on_spot,
        }
        for number, hazard in enumerate(bare, start=1)
    ]


def item_choices(at: AtCase, *states: ItemState) -> list[SelectChoice]:
    """Return the items of the present episode in these states, with their words."""
    live = {item.id for item in at.facts.live_items if item.state in states}
    return [
        SelectChoice(
            str(item.id),
            _(
                "%(book)s, task %(number)s: %(words)s",
                book=book.number,
                number=item.number,
                words=at.sheet.text(item.text_id)[:60],
            ),
        )
        for book in at.sheet.books
        for item in at.sheet.items.get(book.id, ())
        if item.id in live
    ]


class _ItemForm(Overriding):
    states: tuple[ItemState, ...] = (ItemState.REPORTED,)

    item_id = UuidRadio(_l("Task"))

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        self.item_id.choices = item_choices(at, *self.states)
        if self.is_fresh and len(self.item_id.choices) == 1:
            self.item_id.data = as_uuid(self.item_id.choices[0].value)


def _photos() -> MultipleFileField:
    """The view takes them in before anything is written."""
    return MultipleFileField(
        _l("Photos of the check (optional)"),
        description=_l("JPEG, PNG, WebP, HEIC or PDF. Place, time and model are removed."),
    )


class SignCheckForm(_ItemForm):
    opinion = words(_l("What you saw on site that shows it"), longest=2000)
    on_site = BooleanField(_l("Checked on site"))
    files = _photos()

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        live = at.facts.live_items
        waiting = {str(item.id) for item in live if waits_for_first(at.facts, item)}
        self.item_id.choices = [one for one in self.item_id.choices if one.value in waiting]
        if self.is_fresh and len(self.item_id.choices) == 1:
            self.item_id.data = as_uuid(self.item_id.choices[0].value)

    def command(self, at: AtCase) -> c.SignCheck:
        return c.SignCheck(
            **self.first(at),
            item_id=self.item_id.data,
            opinion=self.opinion.data or "",
            on_site=self.on_site.data,
        )


class SupplementTaskForm(_ItemForm):
    """A field for each thing that some task lacks; what a task holds already is not asked."""

    goes_out = True
    states = (ItemState.WITH_UNIT,)

    evidence_asked = line(_l("What will show it"))
    funds = line(_l("From what it is paid"))
    contingency = words(_l("What is done if it happens all the same"), longest=2000)
    interim = words(
        _l("What keeps people safe until then"), _l("It has a clock of its own from now on."), 2000
    )

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        able = {str(item.id): item.lacks for item in incomplete(at.facts)}
        self.item_id.choices = [one for one in self.item_id.choices if one.value in able]
        if self.is_fresh and len(self.item_id.choices) == 1:
            self.item_id.data = as_uuid(self.item_id.choices[0].value)
        for name in set(COLUMNS) - {name for lacks in able.values() for name in lacks}:
            delattr(self, name)

    def command(self, at: AtCase) -> c.SupplementTask:
        said: dict[str, Any] = {name: self[name].data or "" for name in COLUMNS if name in self}
        return c.SupplementTask(**self.first(at), item_id=self.item_id.data, **said)

    def preview(self, at: AtCase) -> list[tuple[str, str]]:
        said = [
            (str(self[name].label.text), self[name].data or "") for name in COLUMNS if name in self
        ]
        return [(name, words) for name, words in said if words]


class PassReviewForm(_ItemForm):
    opinion = words(_l("What you saw that shows it"), longest=2000)
    on_site = BooleanField(_l("Checked on site"))
    files = _photos()

    def command(self, at: AtCase) -> c.PassReview:
        return c.PassReview(
            **self.first(at),
            item_id=self.item_id.data,
            opinion=self.opinion.data or "",
            on_site=self.on_site.data,
        )


class FailReviewForm(_ItemForm):
    opinion = words(_l("What is still missing"), _l("The unit reads it."), 2000)
    new_due_on = DateField(_l("New date"), [Optional()])
    on_site = BooleanField(_l("Checked on site"))
    files = _photos()

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        if self.is_fresh:
            again = at.preset.limits.windows["rectify_again_days"]
            self.new_due_on.data = at.facts.today + timedelta(days=again)

    def command(self, at: AtCase) -> c.FailReview:
        return c.FailReview(
            **self.first(at),
            item_id=self.item_id.data,
            opinion=self.opinion.data or "",
            new_due_on=self.new_due_on.data,
            on_site=self.on_site.data,
        )


class WithdrawItemForm(_ItemForm):
    states = (ItemState.WITH_UNIT, ItemState.REPORTED)

    reason = words(_l("Reason"), _l("The unit reads it."), LINE_MAX)

    def command(self, at: AtCase) -> c.WithdrawItem:
        return c.WithdrawItem(
            **self.first(at), item_id=self.item_id.data, reason=self.reason.data or ""
        )


class RevokeLinkForm(MoveForm):
    task_book_id = UuidRadio(_l("Task book"))
    reason = words(_l("Reason"), longest=LINE_MAX)

    def suit(self, at: AtCase) -> None:
        self.task_book_id.choices = [
            SelectChoice(str(book.id), book.number) for book in at.sheet.books if book.token_hash
        ]

    def command(self, at: AtCase) -> c.RevokeLink:
        return c.RevokeLink(
            **self.first(at), task_book_id=self.task_book_id.data, reason=self.reason.data or ""
        )
