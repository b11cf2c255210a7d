"""Filters that put the preset's values into words of the reader's language."""

from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.presets.kinds import Limit, TimeUnit, Words
from portal.web.language import current


def in_language(words: Words) -> str:
    """Return the text in the language of the page."""
    return words.in_language(current())


def amount(limit: Limit) -> str:
    """Return how long a limit is, in words, e.g. "5 working days"."""
    value = limit.value
    if limit.unit is TimeUnit.WORKING_DAY:
        return str(ngettext("%(num)s working day", "%(num)s working days", value))
    if limit.unit is TimeUnit.CLOCK_HOUR:
        return str(ngettext("%(num)s hour", "%(num)s hours", value))
    if limit.unit is TimeUnit.WORKING_HOUR:
        return str(ngettext("%(num)s working hour", "%(num)s working hours", value))
    if limit.unit is TimeUnit.MONTH:
        return str(ngettext("%(num)s month", "%(num)s months", value))
    if limit.unit is TimeUnit.MINUTE:
        return str(ngettext("%(num)s minute", "%(num)s minutes", value))
    if value == 0:
        return str(_("the same day"))
    return str(ngettext("%(num)s day", "%(num)s days", value))


def bind(app: Flask) -> None:
    """Give templates the filters."""
    app.jinja_env.filters.update(in_language=in_language, amount=amount)
