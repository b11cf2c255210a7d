"""From a WTForms field to the parameters of a GOV.UK component, and the summary of errors."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from wtforms import Field, Form
from wtforms.fields import (
    BooleanField,
    FileField,
    MultipleFileField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import Length

Params = dict[str, Any]
#: How many drawn lists a process keeps; a list and its chosen entry in one language is one.
KEPT = 512
_drawn: dict[tuple[str, str], str] = {}


def govuk(field: Field, component: Callable[[Params], str], **more: Any) -> str:
    """Return `component` filled from `field`; `more` adds or overrides parameters.

    Two words of our own: `heading=True` makes the label the page's h1, `optional=True` says
    "(optional)" after it. Mappings in `more` are merged into what the field gave.
    """
    heading, optional = bool(more.pop("heading", False)), bool(more.pop("optional", False))
    params = shape(field)
    if "fieldset" in params:
        part, large = params["fieldset"]["legend"], "govuk-fieldset__legend--l"
    else:
        part, large = params.get("label") or params["items"][0], "govuk-label--l"
    if optional:
        part["text"] = _("%(label)s (optional)", label=part["text"])
    if heading:
        part |= {"isPageHeading": True, "classes": large}
    return rendered(component, merged(params, more))


def rendered(component: Callable[[Params], str], params: Params) -> str:
    """Return the component's HTML, kept where all that stands in it is ours.

    A list of a hundred categories takes longer to draw than the rest of its page. What people
    typed is never kept: only empty fields and those whose values are all listed are, and none
    that was refused.
    """
    if params.get("value") or "errorMessage" in params:
        return component(params)
    # repr, which tells Markup from text.
    key = (str(getattr(component, "name", "")), repr(params))
    found = _drawn.get(key)
    if found is None:
        if len(_drawn) >= KEPT:
            _drawn.clear()
        found = _drawn[key] = component(params)
    return found


def shape(field: Field) -> Params:
    """Return the parameters that the kind of field calls for."""
    params: Params = {"id": field.id, "name": field.name}
    if field.description:
        params["hint"] = {"text": str(field.description)}
    if field.errors:
        params["errorMessage"] = {
            "text": str(first_error(field)),
            "visuallyHiddenText": _("Error"),
        }
    label = str(field.label.text)
    if isinstance(field, SelectMultipleField | RadioField):
        return params | {
            "idPrefix": field.id,
            "fieldset": {"legend": {"text": label, "classes": "govuk-fieldset__legend--s"}},
            "items": list(choices(field, "checked")),
        }
    if isinstance(field, BooleanField):
        return params | {
            "idPrefix": field.id,
            "items": [{"value": "y", "text": label, "checked": bool(field.data)}],
        }
    params["label"] = {"text": label, "classes": "govuk-label--s"}
    if isinstance(field, SelectField):
        params["items"] = list(choices(field, "selected"))
    elif isinstance(field, MultipleFileField):
        params["multiple"] = True
    elif isinstance(field, PasswordField):
        params |= password_words()
    elif not isinstance(field, FileField):
        params["value"] = typed(field)
    if isinstance(field, TextAreaField) and (limit := longest(field)):
        params |= {"maxlength": str(limit), **counting_words(limit)}
    return params


def choices(field: Any, mark: str) -> Iterator[Params]:
    """Yield the items of a select, radios or checkboxes with the chosen ones marked."""
    for value, label, selected, *rest in field.iter_choices():
        item = {"value": str(value), "text": str(label), mark: bool(selected)}
        render = rest[0] if rest else {}
        if render.get("disabled"):
            item["disabled"] = True
        yield item


def typed(field: Field) -> str:
    """Return what stands in the field: the very text that was typed, even if it was refused."""
    value = field._value() if hasattr(field, "_value") else field.data
    return "" if value is None else str(value)


def longest(field: Field) -> int | None:
    """Return the greatest length that the field's own validator allows."""
    limits = [v.max for v in field.validators if isinstance(v, Length) and v.max > 0]
    return min(limits) if limits else None


def counting_words(limit: int) -> Params:
    """Return the character count's sentences; `%{count}` is filled in by its script."""
    return {
        "textareaDescriptionText": _("You can write up to %(limit)s characters", limit=limit),
        "charactersUnderLimitText": {
            "one": _("You have %{count} character left"),
            "other": _("You have %{count} characters left"),
        },
        "charactersAtLimitText": _("You have 0 characters left"),
        "charactersOverLimitText": {
            "one": _("You have %{count} character too many"),
            "other": _("You have %{count} characters too many"),
        },
    }


def password_words() -> Params:
    """Return the sentences of the button that shows a password."""
    return {
        "showPasswordText": _("Show"),
        "hidePasswordText": _("Hide"),
        "showPasswordAriaLabelText": _("Show password"),
        "hidePasswordAriaLabelText": _("Hide password"),
        "passwordShownAnnouncementText": _("Your password is visible"),
        "passwordHiddenAnnouncementText": _("Your password is hidden"),
    }


def first_error(field: Field) -> object:
    """Return the first message of a field; that of the first faulty part of a composite one."""
    errors: Any = field.errors
    while isinstance(errors, Mapping | list | tuple):
        errors = next(iter(errors.values() if isinstance(errors, Mapping) else errors), "")
    return errors


def error_list(form: Form) -> list[dict[str, str]]:
    """Return the items of the error summary, in the order of the fields on the page."""
    items = [{"text": str(error)} for error in form.form_errors]
    for field in form:
        if field.errors:
            # Tokens have no place on the page to jump to.
            target = {} if field.type == "CSRFTokenField" else {"href": f"#{field.id}"}
            items.append({"text": str(first_error(field)), **target})
    return items


def merged(params: Params, more: Mapping[str, Any]) -> Params:
    """Return `params` overlaid with `more`, mappings inside merged key by key."""
    result = dict(params)
    for key, value in more.items():
        kept = result.get(key)
        both = isinstance(kept, dict) and isinstance(value, Mapping)
        result[key] = merged(kept, value) if both and isinstance(kept, dict) else value
    return result


def bind(app: Flask) -> None:
    """Give templates the filter `govuk` and the function `error_list`."""
    app.jinja_env.filters["govuk"] = govuk
    app.jinja_env.globals["error_list"] = error_list
