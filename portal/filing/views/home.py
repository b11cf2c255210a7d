"""The public home and the pages that explain the portal."""

from flask import current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.access.kinds import Action
from portal.filing.views import filing
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.measures.headline import Newest
from portal.measures.learnt import NewestLessons
from portal.presets.queries import in_force
from portal.web.cookies import forget_site
from portal.web.pages import needs


@filing.get("/")
@needs(Action.READ_PUBLIC)
def home() -> ResponseReturnValue:
    """The figures are those that stand first on the page of published ones, hidden alike."""
    newest: Newest = current_app.extensions.setdefault("portal-newest", Newest())
    quarter, figures = newest.at(db.session(), now()) or (None, None)
    learnt: NewestLessons = current_app.extensions.setdefault("portal-learnt", NewestLessons())
    lessons = learnt.at(db.session(), now())
    return render_template("filing/home.html", quarter=quarter, figures=figures, lessons=lessons)


@filing.get("/how")
@needs(Action.READ_PUBLIC)
def how() -> ResponseReturnValue:
    preset = in_force(db.session(), now())
    limits = preset.limits.limits
    shown = ("acceptance", "sign_for", "first_response", "verification", "handling_total")
    return render_template(
        "filing/how.html",
        limits=[limits[name] for name in shown],
        inside_days=preset.self_inspection.inside_days,
    )


@filing.get("/privacy")
@needs(Action.READ_PUBLIC)
def privacy() -> ResponseReturnValue:
    return render_template("filing/privacy.html")


@filing.get("/accessibility")
@needs(Action.READ_PUBLIC)
def accessibility() -> ResponseReturnValue:
    return render_template("filing/accessibility.html")


@filing.get("/contact")
@needs(Action.READ_PUBLIC)
def contact() -> ResponseReturnValue:
    numbers = in_force(db.session(), now()).city.emergency_numbers
    return render_template("filing/contact.html", numbers=numbers)


@filing.get("/leave")
@needs(Action.READ_PUBLIC)
def away() -> ResponseReturnValue:
    """Go to a page that tells nothing of this one, and let Back find nothing that was typed.

    A GET, since the policy lets no form end elsewhere; another site can lead here, but that takes
    nobody's draft away.
    """
    response = make_response(redirect(in_force(db.session(), now()).city.settings.leave_to, 303))
    if request.headers.get("Sec-Fetch-Site") not in {"cross-site", "same-site"}:
        forget_site(response)
    return response
