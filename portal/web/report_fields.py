"""The fields of a report as fields of a form: `reports.kinds` says which there are."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    Form,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from portal.reports.kinds import REPORT_FIELDS, ReportField, Shape
from portal.web.public_forms import Sayable, cleaned

#: The parts of a point, which are fields of their own in a form.
DEGREES = {"latitude": _l("Latitude, in degrees"), "longitude": _l("Longitude, in degrees")}


def report_form(base: type[Form], *, page: int | None = None, by_staff: bool = False) -> type[Form]:
    """Return a form with the fields of one page, or of all; `by_staff`: taken down by somebody."""
    parts: dict[str, Any] = {}
    for field in REPORT_FIELDS:
        if page in (None, field.page):
            parts |= inputs_of(field, by_staff=by_staff)
    return type("ReportForm", (base,), parts)


def inputs_of(field: ReportField, *, by_staff: bool = False) -> dict[str, Any]:
    """Return the inputs of a field by their names; only a point has others than its own."""
    if field.shape is Shape.POINT:
        if not by_staff:
            return {name: HiddenField(filters=[cleaned]) for name in DEGREES}
        return {name: _line(label, 30) for name, label in DEGREES.items()}
    return {field.name: _input(field, by_staff=by_staff)}


def _input(field: ReportField, *, by_staff: bool) -> Any:
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
    return SelectField(
        field.label,
        description=hint,
        validators=[Optional()],
        default="",
        invalid_choice_message=field.unlisted,
    )


def _line(label: Any, longest: int, hint: Any = "") -> StringField:
    return StringField(
        label, description=hint, filters=[cleaned], validators=[Optional(), Length(max=longest)]
    )


def fields_in(form: type[Form] | Form) -> set[str]:
    """Return which of a report's fields a form holds: a field with all of its inputs."""
    return {
        field.name
        for field in REPORT_FIELDS
        if all(hasattr(form, name) for name in inputs_of(field))
    }
