"""What leaves are hashed over: the quick way gives byte for byte what the canonical one gives."""

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from portal.history.lifecycle import canonical

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
@example({"\ue000": 1, "\U0001f600": 2})  # ordered by UTF-16, not by code point
@example([1.0, -0.0, 1e16, 1e21, 1e-5, 1e-7, 123456789012345.6])
@example({"b": '\x00\x1f\x7f"\\/\u2028', "a": {"z": [], "y": {}}})
def test_any_json_is_written_as_the_standard_says(value):
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), float("inf"), "\ud800", {1: 2}])
def test_what_the_standard_refuses_is_refused(value):
    with pytest.raises(ValueError, match="."):
        canonical({"payload": value})
