"""The one form beside a waiting report: what is settled, where it goes, one press."""

from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import HiddenField, IntegerField, SelectChoice, SelectField

from portal.cases.kinds import Priority
from portal.cases.lifecycle import commands as c
from portal.cases.queries import Proposal, Sheet
from portal.handling.forms.base import (
    LINE_MAX,
    YES_NO,
    UuidSelect,
    as_uuid,
    chosen,
    line,
    radios,
)
from portal.handling.forms.sorting import (
    PRIORITIES,
    category_choices,
    kind_choices,
    place_choices,
    place_value,
    settled_place,
)
from portal.presets.kinds import Preset


class SortForm(FlaskForm):
    """Accept and dispatch in one press. `shown_group` is the group on the button."""

    is_fresh = True

    seen = IntegerField()
    shown_group = HiddenField()
    category = SelectField(_l("Settled category"), validate_choice=False)
    kind = SelectField(_l("Kind of report"), validate_choice=False)
    jurisdiction = SelectField(_l("Place"), validate_choice=False)
    priority = radios(_l("Urgency"), PRIORITIES)
    suspected_major = radios(_l("May be major"), YES_NO)
    group_id = UuidSelect(_l("Another group"))
    reason = line(_l("Why this group and not the one proposed"), longest=LINE_MAX)

    def suit(self, sheet: Sheet, proposal: Proposal, preset: Preset, language: str) -> None:
        """Fill choices, and what the report and the taxonomy say where nothing was sent."""
        case = sheet.case
        self.category.choices = category_choices(preset, language)
        self.kind.choices = kind_choices(preset, language)
        self.jurisdiction.choices = place_choices(preset, language)
        able = sorted(
            (g for g in proposal.groups.values() if g.kind != "desk" and g.people_count),
            key=lambda group: (group.kind == "supervision", group.code),
        )
        self.group_id.choices = [
            SelectChoice("", _("As proposed")),
            *(SelectChoice(str(group.id), group.name(language)) for group in able),
        ]
        # The next press means the group that this page shows.
        self.shown_group.data = str(proposal.group.id) if proposal.group else ""
        if not self.is_fresh:
            return
        self.seen.data = case.version
        self.category.data = proposal.category or ""
        self.kind.data = case.kind
        self.jurisdiction.data = place_value(case.jurisdiction, case.township)
        self.priority.data = (Priority.URGENT if proposal.urgent else Priority.NORMAL).value
        self.suspected_major.data = "yes" if proposal.may_be_major else "no"

    def accept(self, case_id: UUID) -> c.Accept:
        """Return the command that settles kind, category and place."""
        jurisdiction, township = settled_place(self.jurisdiction.data)
        return c.Accept(
            case_id=case_id,
            seen=self.seen.data or 0,
            kind=self.kind.data or "",
            category=self.category.data or "",
            jurisdiction=jurisdiction,
            township=township,
        )

    @property
    def settled(self) -> dict[str, str]:
        """What is about to be settled, for the proposal."""
        jurisdiction, _township = settled_place(self.jurisdiction.data)
        return {
            "category": self.category.data or "",
            "jurisdiction": jurisdiction,
            "kind": self.kind.data or "",
        }

    @property
    def shown(self) -> UUID | None:
        return as_uuid(self.shown_group.data)

    @property
    def urgency(self) -> Priority:
        return Priority(chosen(self.priority) or Priority.NORMAL)


class EndAlarmForm(FlaskForm):
    reason = line(_l("Reason"))
