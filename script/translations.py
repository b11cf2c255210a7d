#!/usr/bin/env python3
"""Bring the Chinese catalogue up to date: extract, update, take in new words, report, compile.

    script/translations             all of it; exit 1 if a message has no Chinese
    script/translations --check     the same without writing the catalogue; exit 1 if it is stale
    script/translations --compile   only make the .mo file that the app reads (set-up does this)

New words come from files translations-*.json at the root: {"English id": "中文"}; a plural message
is named by its singular. What the catalogue says already is kept; a different word is reported.
"""

import io
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "portal" / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
# The extractor that babel.cfg names is ours and lies beside this file.
sys.path.insert(0, str(ROOT))
#: Beside Babel's own: our lazy ones. `_N` only marks a word for extraction.
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "_l": None,
    "_N": None,
}
#: A catalogue's dates say nothing that the history does not, and make every update differ.
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "# Simplified Chinese of the hazard portal. Kept by script/translations."
PLACE = re.compile(r"%\(\w+\)[sd]|%\{\w+\}|\{\w+\}")


def main(arguments: list[str]) -> int:
    """Run; return the exit code."""
    if arguments == ["--compile"]:
        compile_catalogue(read_catalogue())
        return 0
    before = PO.read_bytes() if PO.exists() else b""
    catalogue = read_catalogue()
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    for path in sorted(ROOT.glob("translations-*.json")):
        take_in(catalogue, path)
    lacking = report(catalogue)
    after = written(catalogue)
    if arguments == ["--check"]:
        if after != before:
            print("The catalogue is stale: run script/translations.", file=sys.stderr)
        return int(bool(lacking) or after != before)
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(after)
    compile_catalogue(catalogue)
    print(f"{len(catalogue)} messages, {lacking} without Chinese")
    return int(bool(lacking))


def read_catalogue() -> Catalog:
    """Return what is kept, or an empty catalogue."""
    if not PO.exists():
        return Catalog(locale="zh_Hans_CN", domain="messages")
    with PO.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN", domain="messages")


def extracted() -> Catalog:
    """Return all messages of code and templates, without places, so that moving lines is silent."""
    with (ROOT / "babel.cfg").open() as file:
        read: Any = parse_mapping_cfg
        methods, options = read(file)
    found = Catalog(domain="messages")
    rows = extract_from_dir(
        str(ROOT),
        methods,
        options,
        KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=False,
    )
    for _path, _line, message, comments, context in rows:
        found.add(message, None, auto_comments=comments, context=context)
    return found


def take_in(catalogue: Catalog, path: Path) -> None:
    """Fill what lacks from one file of words; say what is unknown or differs."""
    for key, chinese in json.loads(path.read_text(encoding="utf-8")).items():
        message = catalogue.get(key)
        if message is None:
            print(f"{path.name}: nothing says {key!r} (any more)")
        elif not said(message):
            message.string = (chinese,) if message.pluralizable else chinese
        elif said(message) != [chinese]:
            print(f"{path.name}: {key!r} stays {said(message)[0]!r}, not {chinese!r}")


def said(message: Message) -> list[str]:
    """Return a message's Chinese, empty if any form of it is lacking."""
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    return [str(form) for form in forms] if forms and all(forms) else []


def report(catalogue: Catalog) -> int:
    """Print what has no Chinese or other places to fill in; return how many there are."""
    lacking = 0
    for message in catalogue:
        if not message.id:
            continue
        english = message.id[-1] if isinstance(message.id, list | tuple) else message.id
        chinese = said(message)
        if not chinese or message.fuzzy:
            lacking += 1
            print(f"no Chinese: {json.dumps(english, ensure_ascii=False)}")
        elif any(set(PLACE.findall(form)) - set(PLACE.findall(english)) for form in chinese):
            lacking += 1
            print(f"a place that English does not have: {chinese[0]!r} for {english!r}")
    return lacking


def written(catalogue: Catalog) -> bytes:
    """Return the catalogue as text, sorted, the same for the same words."""
    catalogue.creation_date = catalogue.revision_date = EPOCH
    catalogue.header_comment = HEADER
    catalogue.fuzzy = False
    catalogue.project, catalogue.version = "hazard-portal", "1"
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = "-"
    out = io.BytesIO()
    write_po(out, catalogue, width=100, no_location=True, sort_output=True, ignore_obsolete=True)
    return out.getvalue()


def compile_catalogue(catalogue: Catalog) -> None:
    """Write the .mo file, which is not kept in the repository."""
    with PO.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
