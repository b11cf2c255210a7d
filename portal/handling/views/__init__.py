"""Staff pages of the road: queue, intake, case, search."""

from portal.handling.views.cases import cases
from portal.handling.views.intake import intake
from portal.handling.views.queue import queue
from portal.handling.views.search import search

BLUEPRINTS = (queue, intake, cases, search)
