"""Whether the migrations are one row of numbers that only leads forward."""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ROOT / "migrations" / "versions"
NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.py")


def constants(tree: ast.Module) -> dict[str, object]:
    """Return the module's plain assignments, such as `revision = "0001"`."""
    found: dict[str, object] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=value)):
                found[name] = value
    return found


def only_raises(tree: ast.Module) -> bool:
    """Return whether `downgrade` is there and does nothing but raise."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "downgrade":
            body = [part for part in node.body if not isinstance(part, ast.Expr)]
            return len(body) == 1 and isinstance(body[0], ast.Raise)
    return False


def faults(folder: Path) -> list[str]:
    """Return what breaks the row: numbers, order, a second head, a way back."""
    found = []
    files = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    previous: str | None = None
    for path in files:
        named = NAME.fullmatch(path.name)
        expected = f"{int(previous or 0) + 1:04}"
        if named is None or named[1] != expected:
            found.append(f"{path.name}: should be called {expected}_what_it_does.py")
            continue
        tree = ast.parse(path.read_text())
        told = constants(tree)
        if told.get("revision") != expected:
            found.append(f"{path.name}: revision is {told.get('revision')!r}, not {expected!r}")
        if told.get("down_revision", "absent") != previous:
            found.append(f"{path.name}: down_revision is not {previous!r}")
        if not only_raises(tree):
            found.append(f"{path.name}: downgrade must raise, the way back is the backup")
        previous = expected
    return found


def main() -> int:
    """Print each fault; 1 if there is one."""
    found = faults(VERSIONS)
    print("\n".join(found), end="\n" if found else "")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
