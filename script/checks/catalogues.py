"""Whether every catalogue has exactly the sentences of the code, each translated."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "portal" / "translations"


def extracted() -> Catalog:
    """Return the sentences that the code and the templates use."""
    with tempfile.TemporaryDirectory() as folder:
        pot = Path(folder) / "messages.pot"
        subprocess.run(
            [
                *(
                    Path(sys.executable).parent / "pybabel",
                    "-q",
                    "extract",
                    "--mapping",
                    "babel.cfg",
                ),
                *("--keyword", "_l", "--add-comments", "Translators:", "--output", pot, "."),
            ],
            cwd=ROOT,
            check=True,
        )
        with pot.open("rb") as file:
            return read_po(file)


def texts(given: object) -> list[str]:
    """Return the forms of a sentence, one or its plurals."""
    forms = given if isinstance(given, list | tuple) else [given]
    return [str(form or "") for form in forms]


def placeholders(text: str) -> set[str]:
    """Return the names in a sentence; gettext itself accepts that one is lost."""
    return set(re.findall(r"%\((\w+)\)", text))


def faults(catalogue: Catalog, wanted: Catalog) -> list[str]:
    """Return what is missing, left over, unsure, empty or breaks its placeholders."""
    found = []
    used = {message.id: message for message in wanted if message.id}
    for message_id in used:
        if catalogue.get(message_id) is None:
            found.append(f"missing: {message_id!r}")
    for message in catalogue:
        if not message.id:
            continue
        strings = texts(message.string)
        if message.id not in used:
            found.append(f"obsolete: {message.id!r}")
        elif message.fuzzy:
            found.append(f"fuzzy: {message.id!r}")
        elif not all(strings):
            found.append(f"empty: {message.id!r}")
        else:
            found += [f"{error}: {message.id!r}" for error in message.check(catalogue)]
            allowed = [placeholders(text) for text in texts(message.id)]
            if any(placeholders(text) not in allowed for text in strings):
                found.append(f"other placeholders: {message.id!r}")
    found += [f"obsolete: {message_id!r}" for message_id in catalogue.obsolete]
    return found


def main() -> int:
    """Print each fault; 1 if there is one, or if there is no Chinese at all."""
    paths = sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))
    names = {path.parent.parent.name for path in paths}
    wanted = extracted()
    bad = 0
    if "zh_Hans_CN" not in names and any(message.id for message in wanted):
        print("missing: the catalogue zh_Hans_CN")
        bad = 1
    for path in paths:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.parent.parent.name)
        for fault in faults(catalogue, wanted):
            print(f"{path.relative_to(ROOT)}: {fault}")
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
