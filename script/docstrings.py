"""Extracts the published definitions: docstrings of the measures, beside the usual messages."""

import ast
from collections.abc import Iterator
from typing import Any, BinaryIO

from babel.messages.extract import extract_python

Found = tuple[int, str, Any, list[str]]


def extract(file: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """Yield what Babel finds in a Python file, and the docstring of each public function.

    A definition is one message: its lines are joined, as `catalogue.definition_of` does.
    """
    found: Iterator[Any] = extract_python(file, keywords, comment_tags, options)
    yield from found
    file.seek(0)
    for node in ast.parse(file.read()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.lineno, "_", " ".join((ast.get_docstring(node) or "").split()), []
