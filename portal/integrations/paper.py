"""Papers as PDF: tagged, with a font of our own, the same on every machine."""

import json
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from portal.integrations.child import dies_with_parent

CHILD = Path(__file__).with_name("paper_child.py")
SECONDS = 30


@lru_cache(maxsize=16)
def typeset(template: str, words: str) -> bytes:
    """Return the PDF of a typst template and a JSON of words; kept, since it is asked for again.

    For papers with fixed words only: what people wrote is never kept here.
    """
    return typeset_once(template, words)


def typeset_once(template: str, words: str) -> bytes:
    """Return the PDF of a typst template and a JSON of words; nothing is kept."""
    done = subprocess.run(
        [sys.executable, "-P", CHILD],
        input=json.dumps({"template": template, "words": json.loads(words)}).encode(),
        capture_output=True,
        check=True,
        timeout=SECONDS,
        preexec_fn=dies_with_parent(signal.SIGKILL),
    )
    return done.stdout
