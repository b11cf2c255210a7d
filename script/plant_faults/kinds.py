"""What a planted fault is."""

from dataclasses import dataclass

UNIT, WHOLE, SAFE = "tests/unit/test_", "tests/integration/test_", "tests/security/test_"
BROWSER = "tests/browser/test_"
LIFE = "portal/cases/lifecycle/"
ROAD = "portal/cases/services/road.py"
STARTING = "portal/cases/services/starting.py"
WRITING = "portal/cases/services/writing.py"


@dataclass(frozen=True)
class Fault:
    """Replace `old`, which stands once in `path`, by `new`; then `tests` must fail."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]
    traps: tuple[int, ...] = ()
    promises: tuple[int, ...] = ()
