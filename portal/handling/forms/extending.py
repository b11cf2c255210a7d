"""Forms of more time: a member asks for it for concluding, a lead decides about any."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields import DateField, IntegerField, SelectChoice
from wtforms.validators import Optional

from portal.cases.lifecycle import commands as c
from portal.clocks.reading import CASE
from portal.handling.forms.base import AtCase, Overriding, UuidRadio, chosen, radios, words
from portal.web.filters import day

RULINGS = (SelectChoice("yes", _l("Granted")), SelectChoice("no", _l("Not granted")))


class AskExtensionForm(Overriding):
    days = IntegerField(_l("How many more days"), [Optional()])
    reason = words(_l("Why the time is not enough"), longest=2000)
    plan = words(_l("What will be done by when"), longest=2000)

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        stretch = at.facts.stretches.get(CASE)
        if stretch is not None:
            self.days.description = _(
                "Until now it is due at the end of %(day)s. The rules allow %(days)s more days at"
                " most.",
                day=day(stretch.last_day),
                days=stretch.units,
            )

    def command(self, at: AtCase) -> c.AskExtension:
        return c.AskExtension(
            **self.first(at),
            days=self.days.data,
            reason=self.reason.data or "",
            plan=self.plan.data or "",
        )


class DecideExtensionForm(Overriding):
    extension_id = UuidRadio(_l("Request"))
    granted = radios(_l("Ruling"), RULINGS)
    new_due_on = DateField(_l("New date of the task"), [Optional()])
    days = IntegerField(_l("How many more days"), [Optional()])
    reason = words(
        _l("Reason"),
        _l("Whoever asked reads it; if it is about the answer, the reporter too."),
        2000,
    )

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        waiting = [one for one in at.sheet.extensions if one.decided_at is None]
        self.extension_id.choices = [
            SelectChoice(str(one.id), _asked(at, one.id)) for one in waiting
        ]
        if self.is_fresh and len(waiting) == 1:
            self.extension_id.data = waiting[0].id
            self.new_due_on.data = waiting[0].wanted_on
            self.days.data = waiting[0].wanted_days
        # A field is there for what some request is about.
        if all(one.item_id is None for one in waiting):
            del self.new_due_on
        if all(one.item_id is not None for one in waiting):
            del self.days

    def command(self, at: AtCase) -> c.DecideExtension:
        until = self.new_due_on.data if self.new_due_on is not None else None
        days = self.days.data if self.days is not None else None
        return c.DecideExtension(
            **self.first(at),
            extension_id=self.extension_id.data,
            granted=chosen(self.granted) == "yes",
            new_due_on=until,
            days=days,
            reason=(self.reason.data or "") if chosen(self.granted) else "",
        )


def _asked(at: AtCase, extension_id: object) -> str:
    """Return what was asked for, why, with which plan, and how far the rules go."""
    one = next(one for one in at.sheet.extensions if one.id == extension_id)
    reason, plan = at.sheet.text(one.reason_text_id), at.sheet.text(one.plan_text_id)
    stretch = at.facts.stretches.get(str(one.item_id) if one.item_id else CASE)
    if one.item_id is None:
        said = _("For concluding, %(days)s more days", days=one.wanted_days)
        most = _("at most %(days)s days", days=stretch.units) if stretch else ""
    else:
        items = [item for rows in at.sheet.items.values() for item in rows]
        item = next(item for item in items if item.id == one.item_id)
        said = _(
            "Task %(number)s (%(words)s), until %(day)s",
            number=item.number,
            words=at.sheet.text(item.text_id)[:40],
            day=day(one.wanted_on),
        )
        latest = stretch.latest if stretch else None
        most = _("at the latest %(day)s", day=day(latest)) if latest else ""
    limit = f" ({most})" if most else ""
    return str(
        _(
            "%(asked)s. Why: %(reason)s Plan: %(plan)s",
            asked=f"{said}{limit}",
            reason=reason,
            plan=plan,
        )
    )
