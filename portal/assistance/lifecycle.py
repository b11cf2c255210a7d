"""What help may be and how far it is, without a database."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from portal.assistance.kinds import Followed, Helped, HelpEnd, HelpKind, Origin, Standing
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.inspections.kinds import Level

#: As it stands on papers and in letters, so that somebody may type it: 2026-H0007.
NUMBER = re.compile(r"\b\d{4}-[Hh]\d{4,}\b")
UUIDS = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
#: Shorter words stand in many texts by chance.
QUOTE_LEAST = 12
#: Ids of the preset: limits, and days among its windows.
ANSWER, EFFECT, FINDING = "help_answer", "help_effect", "help_finding"
LINK_DAYS, DONE_DAYS = "help_link_days", "help_done_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Who is helped: a unit, or a place whose office asks."""

    unit_id: UUID | None
    jurisdiction: str | None
    township: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Help as it is asked for or offered."""

    origin: Origin
    kind: str
    wanted: str
    name: str
    post: str
    #: How staff know of it; "" where it came by the link itself.
    source: str = ""
    case_ids: tuple[UUID, ...] = ()
    #: The task within which it was asked for.
    item_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpFacts:
    """What guards look at."""

    origin: Origin
    answered_at: datetime | None
    ended: HelpEnd | None
    ask_on: date | None
    helped: Helped | None
    has_link: bool = False
    has_owner: bool = False


def standing(facts: HelpFacts) -> Standing:
    """Say how far help is."""
    if facts.ended is not None:
        return Standing(facts.ended.value)
    return Standing.WAITING if facts.answered_at is None else Standing.UNDER_WAY


def check_wish(wish: Wish, *, by_link: bool) -> None:
    """Raise Incomplete naming the field of what cannot stand."""
    if wish.kind not in set(HelpKind):
        raise Incomplete("kind", "help_kind_missing")
    if _blank(wish.wanted):
        raise Incomplete("wanted", "help_wanted_missing")
    if _blank(wish.name) or _blank(wish.post):
        raise Incomplete("post" if wish.name.strip() else "name", "help_who_missing")
    if not by_link and _blank(wish.source):
        raise Incomplete("source", "help_source_missing")


def check_taking(facts: HelpFacts) -> None:
    """Raise OutOfTurn unless nobody handles it: nobody has answered, or whoever did has left."""
    if facts.ended is not None or facts.has_owner:
        raise OutOfTurn("help_taken", {})


def check_under_way(facts: HelpFacts) -> None:
    """Raise OutOfTurn unless somebody is at it."""
    if facts.ended is not None:
        raise OutOfTurn("help_over", {})
    if facts.answered_at is None:
        raise OutOfTurn("help_waits", {})


def check_plan(plan: str, done_by: date | None, today: date, latest: date) -> None:
    """Raise Incomplete unless it says what will be done by when."""
    if _blank(plan):
        raise Incomplete("plan", "help_plan_missing")
    if done_by is None or not today <= done_by <= latest:
        raise Incomplete("done_by", "help_day_wrong", day=latest)


def check_decline(reason: str, elsewhere: str) -> None:
    """Raise Incomplete unless it says why, and where else to go."""
    if _blank(reason):
        raise Incomplete("reason", "help_reason_missing")
    if _blank(elsewhere):
        raise Incomplete("elsewhere", "help_elsewhere_missing")


def check_finding(
    level: str | None, words: str, right_by: date | None, today: date, latest: date
) -> Level:
    """Return the level of what was found; general ones have a day of their own.

    Raises Incomplete.
    """
    if level not in set(Level):
        raise Incomplete("level", "help_level_missing")
    if _blank(words):
        raise Incomplete("found", "help_words_missing")
    found = Level(level)
    is_wrong = right_by is None or not today <= right_by <= latest
    if found is Level.GENERAL and is_wrong:
        raise Incomplete("right_by", "help_right_by_wrong", day=latest)
    return found


def check_end(end: str | None, done: str, expert: str, opinion: str) -> HelpEnd:
    """Return how it ends; opinion and expert come together. Raises Incomplete."""
    if end not in (HelpEnd.DONE, HelpEnd.NOT_WANTED):
        raise Incomplete("end", "help_end_missing")
    if _blank(done):
        raise Incomplete("done", "help_done_missing")
    if _blank(expert) and not _blank(opinion):
        raise Incomplete("expert", "help_expert_missing")
    if _blank(opinion) and not _blank(expert):
        raise Incomplete("opinion", "help_opinion_missing")
    return HelpEnd(end)


def check_judging(facts: HelpFacts, today: date) -> None:
    """Raise OutOfTurn unless it is time to ask whether it helped, and nobody has said it."""
    if facts.ended is not HelpEnd.DONE:
        raise OutOfTurn("help_not_given", {})
    if facts.helped is not None:
        raise OutOfTurn("help_judged", {})
    if facts.ask_on is None or today < facts.ask_on:
        raise OutOfTurn("help_not_yet", {"day": facts.ask_on} if facts.ask_on else {"day": ""})


def check_judgement(
    helped: str | None, name: str, post: str, source: str, *, by_link: bool
) -> Helped:
    """Return what was said. Raises Incomplete."""
    if helped not in set(Helped):
        raise Incomplete("helped", "help_judged_missing")
    if _blank(name) or _blank(post):
        raise Incomplete("post" if name.strip() else "name", "help_who_missing")
    if not by_link and _blank(source):
        raise Incomplete("source", "help_source_missing")
    return Helped(helped)


def check_followed(followed: str | None, words: str) -> Followed:
    """Return what became of a piece of advice. Raises Incomplete."""
    if followed not in set(Followed):
        raise Incomplete("followed", "help_followed_missing")
    if _blank(words):
        raise Incomplete("shown", "help_words_missing")
    return Followed(followed)


def named(texts: Iterable[str]) -> tuple[frozenset[str], frozenset[UUID]]:
    """Return the numbers of help, and the ids of anything, that stand in texts."""
    numbers: set[str] = set()
    ids: set[UUID] = set()
    for text in texts:
        numbers |= {one.upper() for one in NUMBER.findall(text)}
        ids |= {UUID(one) for one in UUIDS.findall(text)}
    return frozenset(numbers), frozenset(ids)


def quotes(text: str, words: Collection[str]) -> bool:
    """Say whether a text holds any of the words whole, however it is broken into lines."""
    plain = "".join(text.split())
    found = ("".join(one.split()) for one in words)
    return any(len(one) >= QUOTE_LEAST and one in plain for one in found)


def _blank(text: str | None) -> bool:
    return not (text or "").strip()
