"""Open steps of the ladder, a post with its steps, the paper of a step."""

from uuid import UUID

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue

from portal.access.kinds import Action
from portal.access.policy import require
from portal.cases.queries import step_page
from portal.discipline.services import step_token
from portal.handling.views import _bundle, _ladder
from portal.handling.views._opened import opened
from portal.web.pages import needs
from portal.web.printing import printed_step

ladder = Blueprint("ladder", __name__, url_prefix="/staff")


@ladder.get("/ladder")
@needs(Action.READ_FILE)
def index() -> str:
    """Show the open steps and what the rules suggest."""
    return _ladder.report_page()


@ladder.get("/ladder/posts/<path:key>")
@needs(Action.READ_FILE)
def post(key: str) -> str:
    """Show a post and the steps toward it that the reader can see."""
    return _ladder.post_page(key)


@ladder.get("/cases/<uuid:case_id>/steps/<uuid:step_id>/print")
@needs(Action.REVOKE_STEP_LINK)
def print_step(case_id: UUID, step_id: UUID) -> ResponseReturnValue:
    """Show the paper with the addressee's link: to those who could withdraw it, too."""
    here = opened(case_id)
    require(here.actor, Action.REVOKE_STEP_LINK, here.case)
    page = step_page(here.session, here.actor, step_id, now=here.now)
    if here.is_barred or page.case_id != here.case.id or not page.has_link or page.ended_at:
        abort(404)
    back_url = url_for("cases.case", case_id=here.case.id)
    return printed_step(page, step_token(page.id), back_url=back_url)


@ladder.post("/cases/<uuid:case_id>/steps/<uuid:step_id>/evidence.pdf")
@needs(Action.TAKE_EVIDENCE)
def evidence_pdf(case_id: UUID, step_id: UUID) -> ResponseReturnValue:
    """Return the evidence for a proposal of accountability as a paper."""
    return _bundle.pdf_of(case_id, step_id)


@ladder.post("/cases/<uuid:case_id>/steps/<uuid:step_id>/evidence.zip")
@needs(Action.TAKE_EVIDENCE)
def evidence_zip(case_id: UUID, step_id: UUID) -> ResponseReturnValue:
    """Return it with events, leaf hashes, words and files, so that outsiders can check it."""
    return _bundle.zip_of(case_id, step_id)
