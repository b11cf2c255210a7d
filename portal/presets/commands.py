"""What `presets check` and `presets load` give; the command line only prints it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.presets.entries import PresetError
from portal.presets.loader import folder_of, read_all
from portal.presets.services import Change


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The first mistake of each file of a folder; `ok` is False where the command must exit 1."""

    folder: Path
    faults: tuple[PresetError, ...]
    #: Kind of part → digest of what was read, where all is well.
    digests: dict[str, str]

    @property
    def ok(self) -> bool:
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        """Return the one JSON document of `--json`."""
        return {
            "ok": self.ok,
            "folder": self.folder.name,
            "faults": [
                {
                    "file": fault.file,
                    "line": fault.line,
                    "field": fault.field,
                    "message": str(fault),
                }
                for fault in self.faults
            ],
            "digests": self.digests,
        }


def check(name: str) -> CheckReport:
    """Check a built-in preset or a folder without a database; raises PresetError if none is."""
    folder = folder_of(name)
    preset, faults = read_all(folder)
    parts = (*preset.parts.values(), *preset.checklists) if preset else ()
    digests = {f"{part.kind.value} {part.code}".strip(): part.digest for part in parts}
    return CheckReport(folder, tuple(faults), digests)


def changes_json(changes: list[Change]) -> dict[str, Any]:
    """Return the one JSON document of `presets load --json`."""
    return {"ok": True, "changes": [change.as_json() for change in changes]}
