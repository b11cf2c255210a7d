"""Staff pages of the road: queue, intake, case, search, register of units, groups."""

from portal.handling.views.cases import cases
from portal.handling.views.coverage import coverage
from portal.handling.views.declarations import declarations
from portal.handling.views.helping import helping
from portal.handling.views.inspections import inspections
from portal.handling.views.intake import intake
from portal.handling.views.ladder import ladder
from portal.handling.views.lessons import lessons
from portal.handling.views.phone import phone
from portal.handling.views.plans import plans
from portal.handling.views.queue import queue
from portal.handling.views.search import search
from portal.handling.views.teams import teams
from portal.handling.views.units import units

PLANNING = (plans, coverage, lessons, declarations)
AT_UNITS = (ladder, helping)
BLUEPRINTS = (queue, intake, cases, inspections, phone, search, units, teams, *PLANNING, *AT_UNITS)
