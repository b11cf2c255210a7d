"""An inspection by checklist on a phone: choose, item by item, the record."""

from uuid import UUID

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.access.kinds import Action
from portal.cases import queries
from portal.handling.forms.inspecting import AnswerForm, ChooseForm, FinishForm
from portal.handling.views import _inspecting as pages
from portal.handling.views import _made, _record_paper
from portal.handling.views._opened import at_case
from portal.handling.views._synced import of_case
from portal.web import along
from portal.web.pages import needs
from portal.web.tus import tus

inspections = Blueprint(
    "inspections", __name__, url_prefix="/staff/cases/<uuid:case_id>/inspection"
)
INSPECT = needs(Action.INSPECT)


@inspections.get("")
@INSPECT
def walk(case_id: UUID) -> str:
    """Show the items of the inspection under way, or ask by which checklist to begin."""
    here = pages.begun(case_id)
    found = pages.walk_of(here)
    return pages.list_page(found) if found else pages.choose_page(here, ChooseForm())


@inspections.post("")
@INSPECT
def begin(case_id: UUID) -> ResponseReturnValue:
    """Begin by a checklist; whoever comes second finds the inspection that is under way."""
    here, form = pages.begun(case_id), ChooseForm()
    if not pages.begin(here, form):
        return pages.choose_page(here, form), 422
    return redirect(pages.again(here).address(), 303)


@inspections.get("/<uuid:visit>")
@needs(Action.READ_FILE)
def made(case_id: UUID, visit: UUID) -> str:
    """Show an inspection that was made by a checklist, with the arithmetic of its score."""
    return _made.page(case_id, visit)


@inspections.get("/<uuid:visit>/record.pdf")
@needs(Action.READ_FILE)
def paper(case_id: UUID, visit: UUID) -> ResponseReturnValue:
    """Return the on-site record as a PDF."""
    return _record_paper.paper_of(case_id, visit)


@inspections.get("/<uuid:visit>/signatures/<uuid:signature>.svg")
@needs(Action.READ_FILE)
def drawn(case_id: UUID, visit: UUID, signature: UUID) -> ResponseReturnValue:
    """Return a drawn signature as a picture."""
    return _made.drawing_of(case_id, visit, signature)


@inspections.get("/items/<item>")
@INSPECT
def item(case_id: UUID, item: str) -> ResponseReturnValue:
    """Show one item."""
    found = pages.walk_of(pages.begun(case_id))
    if found is None:
        return pages.over_page(pages.begun(case_id))
    asked = pages.item_of(found, item)
    form = AnswerForm(formdata=None).suit(asked)
    if item in found.rows:
        form.fill(found.rows[item])
    return pages.item_page(found, asked, form)


@inspections.post("/items/<item>")
@INSPECT
def answer(case_id: UUID, item: str) -> ResponseReturnValue:
    """Keep what was entered for an item."""
    return pages.answer(pages.begun(case_id), item)


@inspections.post("/drop")
@INSPECT
def drop(case_id: UUID) -> ResponseReturnValue:
    """Throw the inspection under way away."""
    here = pages.begun(case_id)
    if FlaskForm().validate():
        return pages.drop(here)
    return redirect(pages.again(here).address(), 303)


@inspections.get("/finish")
@INSPECT
def ask_finish(case_id: UUID) -> ResponseReturnValue:
    """Show what would be recorded, and ask for the rest."""
    here = pages.begun(case_id)
    found = pages.walk_of(here)
    if found is None:
        return pages.over_page(here)
    at, form = at_case(here, queries.sheet_of(here.session, here.case)), FinishForm(formdata=None)
    form.suit(at)
    return pages.finish_page(found, form, at)


@inspections.post("/finish")
@INSPECT
def record(case_id: UUID) -> ResponseReturnValue:
    """Record the inspection."""
    return pages.record(pages.begun(case_id))


@inspections.get("/kept")
@INSPECT
def kept(case_id: UUID) -> ResponseReturnValue:
    """Return what a phone takes along of the inspection under way."""
    return along.pack_of(of_case(case_id))


@inspections.post("/sync")
@INSPECT
def sync(case_id: UUID) -> ResponseReturnValue:
    """Take what a phone entered without a network, each entry once."""
    return along.sync(of_case(case_id))


@inspections.post("/files")
@INSPECT
@tus
def announce_photo(case_id: UUID) -> ResponseReturnValue:
    """Announce a photo that comes piece by piece."""
    return along.announce(of_case(case_id, is_under_way=True))


@inspections.route("/files/<photo>", methods=["HEAD"], provide_automatic_options=False)
@INSPECT
@tus
def photo_offset(case_id: UUID, photo: str) -> ResponseReturnValue:
    """Tell how much of a photo is here."""
    return along.offset_of(of_case(case_id, is_under_way=True), photo)


@inspections.patch("/files/<photo>")
@INSPECT
@tus
def more_of_photo(case_id: UUID, photo: str) -> ResponseReturnValue:
    """Take the next bytes of a photo."""
    return along.more(of_case(case_id, is_under_way=True), photo)
