"""Which units nobody has inspected: counts, the list behind each, and that list as CSV."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.access.kinds import Action
from portal.handling.views import _coverage
from portal.web.pages import needs
from portal.web.spreadsheet import csv_response

coverage = Blueprint("coverage", __name__, url_prefix="/staff/coverage")


@coverage.get("")
@needs(Action.READ_COVERAGE)
def index() -> str:
    """Show how many units were inspected when, by sector and by place."""
    return render_template("handling/coverage.html", **_coverage.counts_page())


@coverage.get("/units")
@needs(Action.READ_COVERAGE)
def units() -> str:
    """Show the units behind a count."""
    return render_template("handling/coverage_units.html", **_coverage.units_page())


@coverage.get("/units.csv")
@needs(Action.READ_COVERAGE)
def units_csv() -> ResponseReturnValue:
    """Return all units behind a count as CSV."""
    return csv_response("coverage", _coverage.sheet())
