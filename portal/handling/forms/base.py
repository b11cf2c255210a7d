"""What all forms of moves have: the case they are about, fields of our own, the command."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import Field, Form
from wtforms.fields import (
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional, ValidationError

from portal.access.kinds import GroupKind, Role
from portal.accounts.queries import GroupFacts
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.facts import Facts
from portal.cases.queries import Sheet
from portal.presets.kinds import Preset, Reason
from portal.units.services import UnitFields
from portal.web.public_forms import cleaned, one_line

WORDS_MAX = 5000
LINE_MAX = 500


@dataclass(frozen=True, kw_only=True)
class AtCase:
    """What a form needs to know of the case that it is about."""

    facts: Facts
    preset: Preset
    sheet: Sheet
    language: str
    groups: Mapping[UUID, GroupFacts]
    #: Members of the case's group: account, person, name.
    members: Sequence[tuple[UUID, UUID, str]]
    #: From the number of a case that the actor can see to its id.
    numbered: Callable[[str], UUID | None]
    #: From words to units: id and how it reads.
    units_like: Callable[[str], list[tuple[UUID, str]]]
    #: Pictures that a reporter may be shown: id and how staff know it.
    pictures: Callable[[], list[tuple[UUID, str]]]

    @property
    def now(self) -> datetime:
        return self.facts.now

    def named(self, reasons: Mapping[str, Reason]) -> list[SelectChoice]:
        return [
            SelectChoice(code, r.name.in_language(self.language)) for code, r in reasons.items()
        ]

    def group_choices(self) -> list[SelectChoice]:
        """Return the groups that can handle, those of inspection first."""
        able = [g for g in self.groups.values() if g.kind is not GroupKind.DESK and g.people_count]
        able.sort(key=lambda group: (group.kind is GroupKind.SUPERVISION, group.code))
        return [SelectChoice(str(group.id), group.name(self.language)) for group in able]


def as_uuid(value: Any) -> UUID | None:
    """Return the id that was chosen; None for nothing and for rubbish."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        return None


class UuidSelect(SelectField):
    """One thing of a list; the guard says what is wrong with another one."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, coerce=as_uuid, validate_choice=False, choices=[], **kwargs)


class UuidRadio(RadioField):
    """One thing of a few; see UuidSelect."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, coerce=as_uuid, validate_choice=False, choices=[], **kwargs)


class UuidChecks(SelectMultipleField):
    """Some things of a few; see UuidSelect."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, coerce=as_uuid, validate_choice=False, choices=[], **kwargs)


def words(label: Any, description: Any = "", longest: int = WORDS_MAX) -> TextAreaField:
    """Return a field for several lines; the guard says when they are needed."""
    return TextAreaField(label, [Length(max=longest)], description=description, filters=[cleaned])


def line(label: Any, description: Any = "", longest: int = LINE_MAX) -> StringField:
    """Return a field for one line."""
    return StringField(label, [Length(max=longest)], description=description, filters=[one_line])


def radios(label: Any, choices: Sequence[SelectChoice] = (), description: Any = "") -> RadioField:
    """Return radio buttons; nothing chosen is None, and the guard says so."""
    return RadioField(
        label,
        choices=list(choices),
        validate_choice=False,
        validators=[Optional(), is_listed],
        description=description,
    )


def is_listed(form: Form, field: Any) -> None:
    """Refuse what no page offers."""
    if field.data not in {choice.value for choice in field.choices}:
        raise ValidationError(_("Choose an answer."))


def chosen(field: Field) -> str | None:
    """Return what was chosen, None for nothing."""
    return field.data if field.data not in (None, "", "None") else None


YES_NO = (SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No")))


class MoveForm(FlaskForm):
    """The form of one move. `suit` fits it to the case; `command` makes what the service takes."""

    #: It reaches somebody outside: the very text is shown before it goes.
    goes_out: ClassVar[bool] = False
    #: What was chosen in `files` is kept until the move is sent, and goes along with it.
    keeps_files: ClassVar[bool] = False
    #: Lists of rows to which one can be added: field name → word on the button.
    growing: ClassVar[Mapping[str, Any]] = {}
    #: Where the guard's field has another name here.
    alias: ClassVar[Mapping[str, str]] = {}

    seen = IntegerField()

    #: Nothing was sent: `suit` fills in what the case says.
    is_fresh = True

    def suit(self, at: AtCase) -> None:
        """Fill choices, and defaults where the form was not sent."""

    def command(self, at: AtCase) -> c.Command:
        """Return the command. The guard says what it lacks."""
        raise NotImplementedError

    def preview(self, at: AtCase) -> list[tuple[str, str]]:
        """Return heading and words of each text that goes out."""
        return []

    def new_unit(self) -> UnitFields | None:
        """Return the unit that has to be added first, if one was typed."""
        return None

    @property
    def files_chosen(self) -> list[FileStorage]:
        """The files that were chosen, where the move takes any."""
        field = self["files"].data if "files" in self else None
        return [file for file in field or () if getattr(file, "filename", "")]

    def first(self, at: AtCase) -> dict[str, Any]:
        """Return what every command takes."""
        given = {"case_id": at.facts.case.id, "seen": self.seen.data or 0}
        override = getattr(self, "override_reason", None)
        return given | ({"override_reason": override.data or ""} if override else {})

    def shown(self) -> list[Field]:
        """Return the fields that people fill in: the move's own, the unit, the override."""
        fields = [field for field in self if field.name not in ("csrf_token", "seen")]
        return sorted(fields, key=lambda field: _turn(field.name))

    def point_at(self, name: str, sentence: str) -> None:
        """Put a guard's sentence at its field, or on top where there is no such field."""
        target = _field(self, self.alias.get(name, name))
        if target is None:
            self.form_errors.append(sentence)
        else:
            target.errors = [*target.errors, sentence]


def _turn(name: str) -> int:
    return 2 if name == "override_reason" else 1 if name.startswith("unit_") else 0


def _field(form: Form, name: str) -> Field | None:
    if name in form:
        return form[name]
    for field in form:
        for entry in getattr(field, "entries", ()):
            for part in getattr(entry, "form", ()):
                if part.name == name:
                    return part
    return None


class Overriding(MoveForm):
    """A move that a tie bars: a lead may let it pass with a reason, nobody else sees the field."""

    override_reason = words(
        _l("Reason for acting in spite of a tie"),
        _l("Only if you, or somebody named here, has a tie to the unit. The history keeps it."),
        LINE_MAX,
    )

    def suit(self, at: AtCase) -> None:
        if at.facts.actor.role is not Role.LEAD or not at.facts.barred:
            del self.override_reason


#: Where the register's field has another name in the form of a move.
OF_REGISTER = {
    "name": "unit_name",
    "address": "unit_address",
    "contact_name": "unit_contact",
    "contact_email": "unit_email",
    "contact_phone": "unit_phone",
}


class WithUnit(MoveForm):
    """The unit: the case's own, one found by its name, or a new one."""

    unit_query = line(_l("Find a unit by name or address"), longest=100)
    unit_id = UuidRadio(_l("Unit"))
    unit_name = line(_l("Name of a new unit"), _l("Only if it is not in the register."), 200)
    unit_address = line(_l("Its address"))
    unit_contact = line(_l("Who receives task books there"), _l("A post, if possible."), 100)
    unit_email = line(_l("Mail address for the link"), longest=200)
    unit_phone = line(_l("Telephone"), longest=50)

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        found = dict(at.units_like(self.unit_query.data)) if self.unit_query.data else {}
        own = at.facts.case.unit_id
        if own is None:
            # By whose code a report came is a proposal: whoever settles it has looked.
            own = next((r.claimed_unit_id for r in at.sheet.reports if r.claimed_unit_id), None)
        if own and own in at.sheet.units:
            found = {own: at.sheet.units[own].name} | found
        self.unit_id.choices = [SelectChoice(str(key), name) for key, name in found.items()]
        if self.is_fresh:
            self.unit_id.data = own
        if not found:
            self.unit_id.description = _("Find it first, or add it below.")

    def point_at(self, name: str, sentence: str) -> None:
        super().point_at(OF_REGISTER.get(name, name), sentence)

    def new_unit(self) -> UnitFields | None:
        if not (self.unit_name.data or "").strip():
            return None
        return UnitFields(
            name=self.unit_name.data,
            address=self.unit_address.data or "",
            contact_name=self.unit_contact.data or "",
            contact_email=self.unit_email.data or None,
            contact_phone=self.unit_phone.data or None,
        )
