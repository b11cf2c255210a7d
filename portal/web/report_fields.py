"""The fields of a report as fields of a form: `reports.kinds` says which there are."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    Field,
    Form,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.integrations.webhook import Refused, target_of
from portal.reports.kinds import DATUM_LABELS, REPORT_FIELDS, Door, ReportField, Shape
from portal.web.public_forms import Sayable, cleaned
from portal.web.questions import ANSWER

#: The parts of a point, which are fields of their own in a form.
DEGREES = {"latitude": _l("Latitude, in degrees"), "longitude": _l("Longitude, in degrees")}

#: What mail programs take; whether anybody reads there shows when it is written to.
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
WEBHOOK_REFUSALS = {
    "written_wrong": _l("Write the whole address in Latin letters, beginning with https://"),
    "not_https": _l("The address has to begin with https://"),
    "port": _l("The address must not name a port other than 443 or 8443."),
    "not_public": _l("This address does not lie in the open internet, so we can’t write to it."),
}


def report_form(base: type[Form], *, page: int | None = None, by_staff: bool = False) -> type[Form]:
    """Return a form with the fields of one page, or of all; `by_staff`: taken down by somebody."""
    door = Door.STAFF if by_staff else Door.WEB
    parts: dict[str, Any] = {}
    for field in REPORT_FIELDS:
        if field.is_at(door) and page in (None, field.page):
            parts |= inputs_of(field, by_staff=by_staff)
    return type("ReportForm", (base,), parts)


def inputs_of(field: ReportField, *, by_staff: bool = False) -> dict[str, Any]:
    """Return the inputs of a field by their names; a point has others than its own.

    The questions of a kind are added once it is chosen: see `web.questions`.
    """
    if field.shape is Shape.QUESTIONS:
        return {}
    if field.shape is Shape.POINT:
        if not by_staff:
            return {name: HiddenField(filters=[cleaned]) for name in DEGREES}
        return {name: _line(label, 30) for name, label in DEGREES.items()}
    return {field.name: _input(field, by_staff=by_staff)}


def _input(field: ReportField, *, by_staff: bool) -> Any:
    if field.shape in (Shape.DATUM, Shape.CODE) and not by_staff:
        return HiddenField(filters=[cleaned])
    if field.shape is Shape.ADDRESS:
        return _address(field, by_staff=by_staff)
    # What somebody is asked on the telephone stands at the field in which the answer is written.
    hint = field.asked if by_staff else field.hint
    match field.shape:
        case Shape.WORDS:
            checks = [Sayable(field.least, field.lacking)]
            longest = Length(max=field.most, message=field.too_long)
            return TextAreaField(
                field.label, description=hint, filters=[cleaned], validators=[*checks, longest]
            )
        case Shape.LINE:
            return _line(field.label, field.most, hint)
        case Shape.FILES:
            return MultipleFileField(field.label, description=hint)
        case Shape.CHOICE if not by_staff:
            return RadioField(
                field.label,
                validators=[Optional()],
                default="",
                invalid_choice_message=field.unlisted,
            )
    listed = [SelectChoice(code, label) for code, label in DATUM_LABELS.items()]
    return SelectField(
        field.label,
        description=hint,
        choices=listed if field.shape is Shape.DATUM else None,
        validators=[Optional()],
        default="",
        invalid_choice_message=field.unlisted,
    )


def _address(field: ReportField, *, by_staff: bool) -> StringField:
    needed = Optional() if by_staff else InputRequired(field.lacking)
    return StringField(
        field.label,
        description=field.asked if by_staff else field.hint,
        filters=[cleaned],
        validators=[needed, Length(max=field.most), is_address],
    )


def is_address(form: Form, field: Field) -> None:
    """Take a mail address, or a web address that keeps the rules of words; see `webhook`."""
    typed = (field.data or "").strip()
    if typed.lower().startswith(("http:", "https:")):
        try:
            target_of(typed)
        except Refused as error:
            raise ValidationError(WEBHOOK_REFUSALS[error.code]) from None
    elif not MAIL_ADDRESS.fullmatch(typed):
        raise ValidationError(_("Type an address like name@example.org"))


def _line(label: Any, longest: int, hint: Any = "") -> StringField:
    return StringField(
        label, description=hint, filters=[cleaned], validators=[Optional(), Length(max=longest)]
    )


def fields_in(form: type[Form] | Form) -> set[str]:
    """Return which of a report's fields a form holds: a field with all of its inputs."""
    has_questions = any(name.startswith(ANSWER) for name in dir(form))
    return {
        field.name
        for field in REPORT_FIELDS
        if (has_questions if field.shape is Shape.QUESTIONS else _has_all(form, field))
    }


def _has_all(form: type[Form] | Form, field: ReportField) -> bool:
    return all(hasattr(form, name) for name in inputs_of(field))
