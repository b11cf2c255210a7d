"""No cell of a file is taken for a formula."""

import csv
import io

import pytest

from portal.web.spreadsheet import as_csv, safe


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\n=x",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "  =1",
        "\u3000=1",
    ],
)
def test_what_begins_like_a_formula_is_quoted(cell):
    read = next(csv.reader(io.StringIO(as_csv([[cell]]), newline="")))
    assert read[0].startswith("'")
    assert read[0][1:] == cell


def test_numbers_stay_numbers_and_words_stay_words():
    assert safe(-3) == "-3"
    assert safe(None) == ""
    assert as_csv([["楼梯门, “锁住”", 7]]) == '"楼梯门, “锁住”",7\r\n'
