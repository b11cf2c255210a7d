"""Lessons where they are needed: at a case, when sorting, and at an inspection."""

from typing import Any

from flask import url_for

from portal.access.kinds import Action
from portal.access.policy import may
from portal.cases import queries as cases
from portal.cases.kinds import State
from portal.handling.views._lesson_pages import HTML_LANG, TONES, title_of
from portal.handling.views._opened import Opened
from portal.lessons.kinds import LessonKind
from portal.web.language import listed


def suggested(here: Opened, *, claimed: str | None = None) -> list[dict[str, Any]]:
    """Return the published lessons that a case looks like, each with its reason in words; none
    once it is closed.
    """
    if here.case.state is State.CLOSED or not may(here.actor, Action.READ_LESSONS):
        return []
    found = cases.suggested_lessons(here.session, here.case, here.preset, claimed=claimed)
    judges = may(here.actor, Action.JUDGE_LESSON, here.case)
    return [
        {
            "title": title_of(one.wording),
            "lang": HTML_LANG.get(one.language),
            "url": url_for("lessons.lesson", lesson_id=one.id),
            "why": listed(like.label for like in one.why),
            "judge_url": url_for("lessons.judge", lesson_id=one.id, case_id=here.case.id)
            if judges
            else None,
            "verdict": one.verdict.value if one.verdict else None,
            "said": one.verdict.label if one.verdict else "",
        }
        for one in found
    ]


def learnt(here: Opened) -> dict[str, Any]:
    """Return the lessons drafted from a closed case, and the ways to draft another."""
    if here.case.state is not State.CLOSED or not may(here.actor, Action.READ_DRAFTS):
        return {"own": [], "ways": []}
    drafts = may(here.actor, Action.DRAFT_LESSON, here.case)
    return {
        "own": [
            {
                "title": title_of(one.wording),
                "lang": HTML_LANG.get(one.lesson.language),
                "url": url_for("lessons.lesson", lesson_id=one.lesson.id),
                "state": one.lesson.state.label,
                "tone": TONES.get(one.lesson.state),
            }
            for one in cases.lessons_of_case(here.session, here.actor, here.case.id)
        ],
        "ways": [
            {
                "label": kind.label,
                "url": url_for("lessons.new", kind=kind.value, case=here.case.id),
            }
            for kind in LessonKind
            if drafts
        ],
    }
