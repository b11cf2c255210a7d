"""Everybody reaches every page by links and buttons alone, and every page is in order.

Once in Chinese on a phone with script, where axe looks at every kind of page, once in English on a
desk without. The city's days end on a working morning, from which its clock goes on, so that
what is offered hangs on no hour of the machine.
"""

import pytest

from portal.handling.forms.moves import MOVE_FORMS
from tests.support.everybody import ledger_of, moves_in, walk_everywhere
from tests.support.town import demo_town

#: Rules that no link or button leads to, and why.
UNLINKED = {
    "system.healthz": "asked by a load balancer",
    "system.readyz": "asked by a load balancer",
    "filing.manifest": "read by a browser that puts the form on a screen",
    # walked by test_offline.py
    "filing.worker": "kept by the browser itself",
    "filing.begin": "sent for what waited on a device",
    "filing.take_kept": "sent for what waited on a device",
}
#: Sent by a phone on which something waits: test_inspecting_offline.py, and units’, walk there.
UNLINKED |= {
    "phone.worker": "kept by the browser itself",
    "own_phone.worker": "kept by the browser itself",
    "own.sync": "sent for what waited on a phone",
    "own.announce_photo": "a photo that waited on a phone",
    "inspections.sync": "sent for what waited on a phone",
    "inspections.drawn": "a picture where somebody signed by finger",
    "inspections.announce_photo": "a photo that waited on a phone",
}
#: Asked thirty days after the answer: tests/integration/test_safety_question.py walks there.
UNLINKED |= {"filing.safety": "asked thirty days after the answer"}
#: Asked thirty days after help: tests/integration/test_help.py walks there.
UNLINKED |= {"enterprise.judge_help": "asked thirty days after help was given"}
#: Rules that only a page's script comes to; the walk with script sees that it does.
BY_SCRIPT = {
    "cases.presence": "told while a case is open",
    "cases.save": "sent while a form is filled in",
    "filing.save": "sent while a form is filled in",
    "filing.kinds": "asked while a word is typed",
    "filing.add_file": "a photo on its way",
    "filing.list_files": "asked until photos are clean",
    "filing.boundaries": "drawn into the map",
    "inspections.kept": "taken along on a phone",
    "own.kept": "taken along on a phone",
    "signin.stay": "pressed in the warning that the session ends",
}


def unreached(ledger, town, *, script):
    """Return rules that no link or button led to."""
    beside = UNLINKED if script else UNLINKED | BY_SCRIPT
    reached = {name.split(":")[0] for name in ledger.reached}
    pressable = {name.split(":")[0] for name in ledger.pressable}
    return [
        f"{method} {rule.rule}"
        for rule in town.app.url_map.iter_rules()
        for method, found in (("GET", reached), ("POST", pressable))
        if method in rule.methods and rule.endpoint not in {*found, *beside}
    ]


@pytest.fixture
def town(server, lived, tmp_path):
    """A city for each walk: the one before would have signed and dispatched what it needs."""
    with demo_town(server, tmp_path, lived) as made:
        yield made


@pytest.mark.parametrize(
    "how",
    [
        {"language": "zh", "script": True, "width": 390},
        {"language": "en", "script": False, "width": 1280},
    ],
    ids=["zh", "en-without-script"],
)
def test_everybody_reaches_every_page_by_links_and_buttons(townsman, town, how):
    ledger = ledger_of(town)
    walk_everywhere(ledger, townsman, town, **how)
    left = unreached(ledger, town, script=how["script"])
    assert not left, "\n".join(left)
    assert sorted(set(MOVE_FORMS) - moves_in(ledger)) == []
    # Not by comparing: pytest would show the first of many.
    if ledger.faults:
        pytest.fail("\n".join(ledger.faults), pytrace=False)
