"""Fields of a unit and files of units: what is taken, what is refused and where."""

import csv
import io

import pytest

from portal.foundation.errors import Incomplete
from portal.units.kinds import Size
from portal.units.lifecycle.fields import UnitFields, check, is_registration_code, tidy
from portal.units.lifecycle.table import Reject, encoding_of, read_head, read_rows
from tests.support.presets import changzhou

#: The example of GB 32100-2015 itself, and that of a well-known firm.
CODES = ("91350100M000100Y43", "91440300708461136T")


@pytest.fixture(scope="module")
def taxonomy():
    return changzhou().taxonomy


def read(text, taxonomy):
    reader = csv.reader(io.StringIO(text, newline=""))
    table = read_head(reader)
    return table, list(read_rows(reader, table, taxonomy))


def test_a_code_is_one_if_its_last_sign_checks_the_others():
    for code in CODES:
        assert is_registration_code(code)
        for place in range(18):
            other = "2" if code[place] != "2" else "3"
            assert not is_registration_code(code[:place] + other + code[place + 1 :]), place
    for wrong in ("", CODES[0][:-1], CODES[0] + "0", "I" * 18, "９" * 18, "\x00" * 18):
        assert not is_registration_code(wrong)
    assert tidy(UnitFields(name="厂", registration_code=f" {CODES[0].lower()} ")).registration_code


def test_a_file_in_either_language_says_the_same(taxonomy):
    zh = "名称,信用代码,地址,区县,乡镇街道,行业,规模,从业人数,风险等级,定级理由,备注\n"
    zh += f"甲厂,{CODES[0]},纸箱路 18 号,武进区,湖塘镇,工贸企业,小型,８６,较大风险,有喷漆房,无\n"
    en = "\ufeffname,registration_code,address,district,township,sector,size,workers,"
    en += "risk_colour,risk_reason\n"
    en += f"甲厂,{CODES[0]},纸箱路 18 号,320412,320412.hutang,"
    en += "industry_trade,small,86,orange,有喷漆房\n"
    (zh_table, [one]), (en_table, [other]) = (
        read(zh, taxonomy),
        read(en.removeprefix("\ufeff"), taxonomy),
    )
    assert one == other
    assert one.line == 2
    assert (one.fields.size, one.fields.workers) == (Size.SMALL, 86)
    assert (one.fields.sector, one.fields.risk_colour) == ("industry_trade", "orange")
    assert (zh_table.left_out, en_table.left_out) == (("备注",), ())


def test_a_bad_row_is_told_by_line_and_field_and_stops_no_other(taxonomy):
    head = "name,registration_code,sector,workers,risk_colour,risk_reason,contact_email,district\n"
    rows = [
        ",,,,,,,",  # empty lines are passed over
        "甲,123,,,,,,",
        "乙,,nothing,,,,,",
        "丙,,,很多,,,,",
        "丁,,,,red,,,",
        "戊,,,,,,no mail,",
        "己,,,,,,,Atlantis",
        '"庚\n厂",,,,,,,',  # one row on two lines
        "辛,,,,,,,,,",
        "\x00,,,,,,,",
        "壬\udcff,,,,,,,",
        ",,fire,,,,,",
        "癸,,,,,,,",
    ]
    _table, found = read(head + "\n".join(rows), taxonomy)
    rejects = [(one.line, one.field, one.reason) for one in found if isinstance(one, Reject)]
    assert rejects == [
        (3, "registration_code", "unit_code_wrong"),
        (4, "sector", "unit_sector_unknown"),
        (5, "workers", "unit_workers_wrong"),
        (6, "risk_reason", "unit_risk_reason_missing"),
        (7, "contact_email", "unit_email_wrong"),
        (8, "jurisdiction", "unit_place_unknown"),
        (11, "row", "unit_row_columns"),
        (12, "name", "unit_row_no_text"),
        (13, "name", "unit_row_no_text"),
        (14, "name", "unit_name_missing"),
    ]
    good = [one for one in found if not isinstance(one, Reject)]
    assert [(one.line, one.fields.name) for one in good] == [(9, "庚 厂"), (15, "癸")]


def test_a_file_without_a_column_of_names_is_refused_whole(taxonomy):
    for text in ("", "\n", "地址\n纸箱路\n", '"', "\x00\x01"):
        with pytest.raises(Incomplete):
            read(text, taxonomy)


def test_what_a_spreadsheet_in_china_writes_is_read():
    text = "名称,地址\n甲厂,纸箱路\n" * 50
    for name in ("utf-8", "gb18030"):
        raw = text.encode(name)
        # Cut within a character: a file is read in pieces.
        assert encoding_of([raw[:7], raw[7:100], raw[100:]]) == name


def test_no_field_takes_more_than_the_register_holds():
    for name in ("name", "address", "contact_name", "contact_phone", "risk_reason"):
        given = {"name": "厂", "risk_colour": "red", "risk_reason": "x", name: "长" * 501}
        with pytest.raises(Incomplete) as lack:
            check(UnitFields(**given))
        assert (lack.value.field, lack.value.reason) == (name, "unit_too_long")
