"""The sentences of public pages, and which of them say that something is so."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from script.translations import KEYWORDS, PO, ROOT

#: What reporters and passers-by read; pages of staff and units have their own words.
PUBLIC = re.compile(
    r"portal/(templates/(filing/|errors/(?!4(05|09)|typed)|base_public"
    r"|components/(frame|receipt|promises|map|photos|notice)\.|oversight/(open|places|fixed|listed)\.)"
    r"|filing/|web/(uploads|public_forms|report_fields|questions|challenges|tus)\.py"
    r"|(reports|attachments)/kinds\.py|access/audience\.py|oversight/views/(open|places|fixed|listed)\.py)"
)
#: How a sentence begins that asks somebody to do something: it says nothing that could be untrue.
ASKING = re.compile(
    r"(Write|Choose|Type|Please|Say|Send|Press|Give|Answer|Try|Look|Leave|Tell|Call|Get|Draw|Cover"
    r"|Copy|Ask|Open|Stay|Add|Fix|Read|Move|Load|Begin|Is|Are|Do|Did|What|When|Where|Which|Why|How"
    r"|Were|If so|In danger|Don’t|Enough|With or without|For example|About how|Seen something)\b"
)
FACTS = Path(__file__).with_name("facts.yaml")


@cache
def public_sentences() -> dict[str, str]:
    """Return each message of the public pages that says that something is so, with its file."""
    found: dict[str, str] = {}
    # Only what is public: to read all pages of staff along takes ten times as long.
    for file in sorted((ROOT / "portal").rglob("*.*")):
        path = file.relative_to(ROOT).as_posix()
        method = {".py": "python", ".html": "jinja2"}.get(file.suffix)
        if method is None or not PUBLIC.match(path):
            continue
        for _line, said, _notes, _context in extract_from_file(method, file, KEYWORDS):
            for one in said if isinstance(said, tuple) else (said,):
                if isinstance(one, str) and says_something(one):
                    found.setdefault(one, path)
    return found


def says_something(message: str) -> bool:
    """Tell whether a message has a sentence that is no label, no question and no request."""
    parts = [part for part in re.split(r"(?<=[.?!:])\s+", message.strip()) if part]
    if not re.search(r"[.!]$|[.!?:]\s", message.strip()):
        return False
    return any(not part.endswith("?") and not ASKING.match(part) for part in parts)


@cache
def facts() -> list[dict[str, Any]]:
    """Return the facts: each a test that holds it, and the sentences that rest on it."""
    found: list[dict[str, Any]] = yaml.safe_load(FACTS.read_text())
    return found


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@cache
def chinese() -> dict[str, str]:
    """Return the Chinese of each message, of plural ones the one form that there is."""
    with PO.open("rb") as file:
        catalogue = read_po(file)
    found = {}
    for one in catalogue:
        for said in one.id if isinstance(one.id, tuple) else (one.id,):
            found[said] = one.string[0] if isinstance(one.string, tuple) else one.string
    return found
