"""Lessons: all, one, writing it, reading it as the second person, publishing, and its sweep."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.access.kinds import Action
from portal.cases import services as cases
from portal.handling.views import _lesson_acts as acts
from portal.handling.views import _lesson_pages as pages
from portal.handling.views import _lesson_sweep as sweeping
from portal.web.pages import needs
from portal.web.spreadsheet import csv_response

lessons = Blueprint("lessons", __name__, url_prefix="/staff/lessons")


@lessons.get("")
@needs(Action.READ_LESSONS)
def index() -> str:
    """Show the lessons that the reader may know of."""
    return render_template("handling/lessons.html", **pages.all_of_them())


@lessons.get("/reach")
@needs(Action.SWEEP_LESSON)
def reach() -> str:
    """Show for each published lesson how many units look alike."""
    return render_template("handling/lessons_reach.html", rows=sweeping.reached())


@lessons.get("/new")
@needs(Action.DRAFT_LESSON)
def new() -> ResponseReturnValue:
    """Ask what is to be learnt from a closed case."""
    return acts.asked_new()


@lessons.post("/new")
@needs(Action.DRAFT_LESSON)
def make() -> ResponseReturnValue:
    """Write a lesson down."""
    return acts.make()


@lessons.get("/<uuid:lesson_id>")
@needs(Action.READ_LESSONS)
def lesson(lesson_id: UUID) -> str:
    """Show a lesson: what it says, what can be done with it, what came of it."""
    return pages.page(lesson_id)


@lessons.get("/<uuid:lesson_id>/edit")
@needs(Action.DRAFT_LESSON)
def ask_edit(lesson_id: UUID) -> ResponseReturnValue:
    """Show a lesson in its form, with the words that may name somebody."""
    return acts.asked_edit(lesson_id)


@lessons.post("/<uuid:lesson_id>/edit")
@needs(Action.DRAFT_LESSON)
def edit(lesson_id: UUID) -> ResponseReturnValue:
    """Keep a new wording."""
    return acts.edit(lesson_id)


@lessons.post("/<uuid:lesson_id>/hand-in")
@needs(Action.DRAFT_LESSON)
def hand_in(lesson_id: UUID) -> ResponseReturnValue:
    """Ask for a second reader."""
    return acts.pressed(lesson_id, cases.hand_in_lesson)


@lessons.post("/<uuid:lesson_id>/send-back")
@needs(Action.REVIEW_LESSON)
def send_back(lesson_id: UUID) -> ResponseReturnValue:
    """Give it back with a note."""
    return acts.pressed(lesson_id, cases.send_lesson_back, "note")


@lessons.post("/<uuid:lesson_id>/read")
@needs(Action.REVIEW_LESSON)
def read(lesson_id: UUID) -> ResponseReturnValue:
    """Say as the second person that it can be published."""
    return acts.pressed(lesson_id, cases.pass_lesson)


@lessons.post("/<uuid:lesson_id>/publish")
@needs(Action.PUBLISH_LESSON)
def publish(lesson_id: UUID) -> ResponseReturnValue:
    """Publish it."""
    return acts.pressed(lesson_id, cases.publish_lesson, "in_spite")


@lessons.post("/<uuid:lesson_id>/withdraw")
@needs(Action.PUBLISH_LESSON)
def withdraw(lesson_id: UUID) -> ResponseReturnValue:
    """Take it back from the public."""
    return acts.pressed(lesson_id, cases.withdraw_lesson, "reason")


@lessons.post("/<uuid:lesson_id>/cases/<uuid:case_id>")
@needs(Action.JUDGE_LESSON)
def judge(lesson_id: UUID, case_id: UUID) -> ResponseReturnValue:
    """Say at a case whether the lesson was used there."""
    return acts.judge(lesson_id, case_id)


@lessons.get("/<uuid:lesson_id>/sweep")
@needs(Action.SWEEP_LESSON)
def sweep(lesson_id: UUID) -> str:
    """Show the units that look alike, each with what it shares, and ask for the plan."""
    return sweeping.page(lesson_id, sweeping.fresh(lesson_id))


@lessons.post("/<uuid:lesson_id>/sweep")
@needs(Action.SWEEP_LESSON)
def plan(lesson_id: UUID) -> ResponseReturnValue:
    """Make the plan that visits them."""
    return sweeping.plan(lesson_id)


@lessons.get("/<uuid:lesson_id>/sweep.csv")
@needs(Action.SWEEP_LESSON)
def sweep_csv(lesson_id: UUID) -> ResponseReturnValue:
    """Return the units that look alike as CSV."""
    return csv_response("alike", sweeping.sheet(lesson_id))
