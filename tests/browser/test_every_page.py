"""Everybody reaches every page by links and buttons alone, and every page is in order.

Run by its name, `script/test -- tests/browser/walk_every_page.py`: what a demo city offers hangs
on the hour at which it ends, so that a walk may miss a button for no fault of the code.
"""

import pytest

from portal.handling.forms.moves import MOVE_FORMS
from tests.support.everybody import STANDING, ledger_of, walk_everywhere
from tests.support.town import demo_town

#: Rules that no link or button of these walks leads to, and why.
UNLINKED = {
    "static": "parts of pages",
    "system.healthz": "asked by a load balancer",
    "system.readyz": "asked by a load balancer",
    "signin.start": "where signing in leads; goes on to the first page of the role",
    "signin.stay": "pressed in the warning two minutes before a session ends",
    "cases.presence": "sent by script while a case is open",
    "cases.save": "sent by script while a form is filled in",
    "filing.save": "sent by script while a form is filled in",
    "filing.boundaries": "fetched by the map",
    "demo.mail": "stands in the mailbox when the worker, which these walks lack, has sent one",
    "system.send_again": "stands beside a mail that was given up",
}
#: Moves that wait for what few cases of a small city have at any hour; that each is offered where
#: it is possible is proved for every state by the tests of every move.
RARE = {*STANDING, "verify", "take_back"}
#: Pages of a unit, and the link of the demo without which a small city does not show them.
NEEDS = {
    "enterprise.sign": "new",
    "enterprise.report_done": "open",
    "enterprise.file": "open",
    "enterprise.object_to": "open",
}


def unreached(ledger, town):
    """Return rules that no link or button led to, and moves that nobody was offered."""
    missing = []
    ways = (("GET", ledger.reached), ("POST", ledger.pressable))
    for rule in town.app.url_map.iter_rules():
        for method, found in ways:
            if rule.endpoint in NEEDS and NEEDS[rule.endpoint] not in town.links:
                continue
            is_there = any(name.split(":")[0] == rule.endpoint for name in found)
            if method in rule.methods and not is_there and rule.endpoint not in UNLINKED:
                missing.append(f"{method} {rule.rule}")
    names = ledger.pressable | set(ledger.reached)
    offered = {name.split(":")[1] for name in names if ":" in name}
    return missing, sorted(set(MOVE_FORMS) - offered - RARE)


@pytest.fixture
def town(server, tmp_path):
    """A city for each walk: the one before would have signed and dispatched what it needs."""
    with demo_town(server, tmp_path / "town", cases=60, name="walked") as made:
        yield made


@pytest.fixture
def ledger(town):
    return ledger_of(town)


@pytest.mark.parametrize(
    "how",
    [
        {"language": "zh", "script": True, "width": 390},
        {"language": "en", "script": False, "width": 1280},
    ],
    ids=["zh", "en-without-script"],
)
def test_everybody_reaches_every_page_by_links_and_buttons(ledger, townsman, town, how):
    walk_everywhere(ledger, townsman, town, **how)
    missing, moves = unreached(ledger, town)
    assert missing == []
    assert moves == []
    assert ledger.faults == []
