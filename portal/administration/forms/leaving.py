"""Forms by which somebody's cases go to others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms.fields import SelectChoice, SelectField

from portal.cases.queries import Handled
from portal.cases.services import Successors, case_field


@dataclass(frozen=True)
class Section:
    """A group that somebody leaves: what they handle there, and who can take it over."""

    group_id: UUID
    name: str
    cases: Sequence[Handled]
    #: Accounts with name and role; empty: nobody is left.
    people: Sequence[tuple[UUID, str]]

    @property
    def field(self) -> str:
        """The name under which the successor for all is asked for."""
        return f"to_{self.group_id.hex}"


def form_with(base: type[FlaskForm], sections: Sequence[Section], **data: Any) -> Any:
    """Return a form of `base` that asks besides who takes over, for all and for each case."""
    fields: dict[str, SelectField] = {}
    for section in sections:
        people = [SelectChoice(str(account), name) for account, name in section.people]
        fields[section.field] = SelectField(
            _("Who takes over all of them?"),
            choices=[SelectChoice("", _("Choose…")), *people],
            default="",
        )
        for case in section.cases:
            choices = [SelectChoice("", _("as said for all")), *people]
            fields[case_field(case.id)] = SelectField(case.number, choices=choices, default="")
    return type(f"{base.__name__}WithSuccessors", (base,), fields)(**data)


def successors(form: FlaskForm, sections: Sequence[Section]) -> Successors:
    """Return who was chosen in a valid form."""
    groups: dict[UUID, UUID] = {}
    cases: dict[UUID, UUID] = {}
    for section in sections:
        if chosen := form[section.field].data:
            groups[section.group_id] = UUID(chosen)
        for case in section.cases:
            if chosen := form[case_field(case.id)].data:
                cases[case.id] = UUID(chosen)
    return Successors(groups, cases)
