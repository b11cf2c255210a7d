"""Search among what the reader can see."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.access.kinds import Action
from portal.cases import queries
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.handling.forms.lists import key_of
from portal.handling.views import _queue
from portal.presets.queries import in_force
from portal.web.language import current
from portal.web.pages import current_actor, needs
from portal.web.public_forms import cleaned

search = Blueprint("search", __name__, url_prefix="/staff/search")
WORDS_MAX = 200


@search.get("")
@needs(Action.READ_FILE)
def results() -> ResponseReturnValue:
    words = (cleaned(request.args.get("q")) or "").strip()[:WORDS_MAX]
    session, actor, moment = db.session(), current_actor(), now()
    exact = queries.case_numbered(session, actor, words)
    if exact is not None:
        return redirect(url_for("cases.case", case_id=exact.id), 303)
    after = key_of(request.args.get("after"))
    found = queries.search(session, actor, words, now=moment, after=after)
    return render_template(
        "handling/search.html",
        query=words,
        rows=_queue.rows(found, in_force(session, moment), moment, current()),
        paging=_queue.paging(found, "search.results", {"q": words}, has_before=after is not None),
    )
