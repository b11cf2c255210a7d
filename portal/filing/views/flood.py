"""A flood of reports: none is refused. Above a rate a question stands before sending, above the
next one reports go to the slow lane without it. A flood of wrong codes stops neither filing nor
the owner of a right one.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from flask import current_app, request
from flask_babel import gettext as _

from portal.foundation import secrets as keys
from portal.foundation.db import db
from portal.foundation.transaction import kept_apart
from portal.presets.kinds import Settings
from portal.reports.services import spend
from portal.web.challenges import Challenge, answer_of, new_challenge
from portal.web.rates import ALL, Rates, asker

KEPT = "portal-filing-rates"
#: In which wrong receipt codes are counted.
MINUTE = timedelta(minutes=1)


class Level(IntEnum):
    CALM = 0
    #: Sending asks for an answer; who gives none goes to the slow lane.
    ASKING = 1
    #: Nothing is asked: it would keep people waiting and change nothing.
    SLOW = 2


def level(settings: Settings, *, now: datetime) -> Level:
    """Return how fast reports come, from here or from everywhere."""
    rates = _rates("reports", timedelta(minutes=settings.flood_minutes))
    own, everybody = rates.seen(asker(), now=now), rates.seen(ALL, now=now)
    if own >= settings.flood_slow_from or everybody >= settings.flood_slow_from_all:
        return Level.SLOW
    if own >= settings.flood_asked_from or everybody >= settings.flood_asked_from_all:
        return Level.ASKING
    return Level.CALM


def count(settings: Settings, *, now: datetime) -> None:
    """Count a report that was taken in."""
    rates = _rates("reports", timedelta(minutes=settings.flood_minutes))
    rates.count(asker(), now=now)
    rates.count(ALL, now=now)


def codes_are_guessed(settings: Settings, *, now: datetime) -> bool:
    """Say whether wrong receipt codes come faster than people mistype, from everywhere."""
    return _rates("codes", MINUTE).seen(ALL, now=now) >= settings.codes_asked_from


def count_wrong_code(*, now: datetime) -> None:
    """Count one wrong receipt code. Knows no address and no code, and filing never asks this."""
    _rates("codes", MINUTE).count(ALL, now=now)


def _rates(what: str, window: timedelta) -> Rates:
    """Return this process's counters of something, in a window of the preset's."""
    held: dict[tuple[str, timedelta], Rates] = current_app.extensions.setdefault(KEPT, {})
    if (what, window) not in held:
        workers = current_app.config["PORTAL_SETTINGS"].web_workers
        held[what, window] = Rates(window, entropy=keys.entropy, workers=workers)
    return held[what, window]


def asked(settings: Settings, *, now: datetime) -> Challenge:
    """Return a new challenge for a page."""
    return new_challenge(numbers=settings.flood_numbers, entropy=keys.entropy, now=now)


def lane(form: Any, settings: Settings, *, now: datetime) -> bool | None:
    """Return whether a report goes to the slow lane; None: the question has to be asked (again).

    What is said at the question then stands in the form.
    """
    now_at = level(settings, now=now)
    if now_at is not Level.ASKING:
        return now_at is Level.SLOW
    if "without" in request.form and not request.form.get("proof"):
        return True
    return False if is_answered(form, request.form, now=now) else None


def lane_unasked(settings: Settings, *, now: datetime) -> bool:
    """Return whether a report that a device sends by itself goes to the slow lane: there is nobody
    of whom anything could be asked.
    """
    return level(settings, now=now) is not Level.CALM


def is_answered(
    form: Any, sent: Mapping[str, str], *, now: datetime, at_once: bool = False
) -> bool:
    """Say whether the challenge was answered rightly and for the first time; else why, at it.

    A right answer is spent with whatever the request goes on to write, or `at_once`; a wrong one
    always at once.
    """
    answer = answer_of(sent, now=now)
    if answer is None:
        typed = (sent.get("answer") or "").strip()
        form.answer.errors = [
            _("This question has run out. Here is a new one.")
            if typed
            else _("Answer the question: a number is enough.")
        ]
        return False
    if at_once or not answer.is_right:
        with kept_apart(db.session()) as session:
            is_first = spend(session, answer.challenge, expires=answer.expires)
    else:
        is_first = spend(db.session(), answer.challenge, expires=answer.expires)
    if not answer.is_right:
        form.answer.errors = [_("That was not it. Everything is still here; here is a new one.")]
        return False
    if not is_first:
        form.answer.errors = [_("This question was answered before. Here is a new one.")]
        return False
    return True
