"""Which reports may be about the same matter: reworded pairs, and look-alikes that are none."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.cases.lifecycle.likeness import Account, likeness, pairs, with_digits

NOW = datetime(2026, 11, 10, 4, tzinfo=UTC)
#: Words of districts and towns tell no places apart.
COMMON = frozenset().union(
    *map(pairs, ("武进区", "洛阳镇", "新北区", "薛家镇", "钟楼区", "天宁区"))
)


def account(
    text, place, *, township="洛阳", jurisdiction="320412", category=None, days=0, unit=None
):
    return Account(
        text=text,
        place=place,
        jurisdiction=jurisdiction,
        township=township,
        category=category,
        unit=unit,
        at=NOW - timedelta(days=days),
    )


#: The same matter told by two people: (text, place) twice.
REWORDED = [
    (
        (
            "二楼车间到三楼宿舍的楼梯门被铁链锁住，楼上住了二十多人。",
            "武进区洛阳镇纸箱路 18 号二楼",
        ),
        (
            "三楼住着二十多个工人，下楼的楼梯门晚上用铁链锁着，万一着火跑不出来。",
            "洛阳镇纸箱路十八号",
        ),
    ),
    (
        ("打磨车间除尘器坏了好几天，地上粉尘很厚还在开工。", "薛家镇丁未家具厂打磨车间"),
        ("丁未家具打磨车间的除尘器不转，粉尘积了厚厚一层，工人照样干活。", "新北区丁未家具"),
    ),
    (
        ("液化气瓶放在厨房灶台边上，没有通风，阀门漏气。", "勤业路 25 号丙辰餐饮"),
        ("饭店厨房灶台旁边堆了几个液化气瓶，闻得到漏气的味道。", "丙辰餐饮，勤业路25号"),
    ),
    (
        ("小区门口电动车飞线充电，下雨天插座冒火花。", "壬戌花园 3 号楼门口"),
        ("壬戌花园三号楼下面拉了很多飞线给电动车充电，昨天下雨冒了火花。", "壬戌花园3号楼"),
    ),
    (
        ("冷库氨制冷机房没有泄漏报警，管子结霜裂开。", "己酉冷冻食品机房"),
        ("己酉冷冻食品的氨机房味道很大，报警器是坏的，管道结霜开裂。", "己酉冷冻食品公司"),
    ),
    (
        ("脚手架没有挂安全网，工人在六楼不系安全带。", "癸亥大厦工地南侧"),
        ("癸亥大厦工地的脚手架上没有安全网，六楼那几个人安全带也没系。", "癸亥大厦工地"),
    ),
    (
        ("叉车在人行道口开得飞快，昨天差点撞到人。", "戊申物流园 2 号门"),
        ("戊申物流园二号门口叉车速度太快，差一点撞上下班的工人。", "戊申物流园2号门"),
    ),
    (
        ("冲床的光电保护被短接，工人手伸进去操作。", "甲寅五金冲压车间"),
        ("甲寅五金冲压车间的冲床光电保护装置给短接了，手直接伸到模具里。", "甲寅五金"),
    ),
    (
        (
            "The fire exit at the back is blocked by pallets.",
            "Bingchen Warehouse, 12 Zhonglou Road",
        ),
        (
            "Pallets block the back fire exit of the warehouse.",
            "Bingchen Warehouse on Zhonglou Road",
        ),
    ),
    (
        ("污水池清理没有人监护，两个人下去没系绳子。", "庚申印染污水站"),
        ("庚申印染清污水池，两个人下到池子里，没绳子也没人在上面看着。", "庚申印染厂污水站"),
    ),
]

#: Alike in words or in place, but another matter.
LOOK_ALIKES = [
    (  # the same words, another road
        ("二楼车间到三楼宿舍的楼梯门被铁链锁住，楼上住了二十多人。", "洛阳镇纸箱路 18 号二楼"),
        ("二楼车间到三楼宿舍的楼梯门被铁链锁住，楼上住了十多人。", "洛阳镇岑村工业园 5 号"),
    ),
    (  # the same road, another number
        ("厂房安全出口被货物堵住，晚上上锁。", "洛阳镇纸箱路 18 号"),
        ("厂房安全出口被货物堵住，晚上上锁。", "洛阳镇纸箱路 96 号"),
    ),
    (  # the same words, another unit
        ("打磨车间除尘器坏了，粉尘很厚。", "薛家镇丁未家具厂"),
        ("打磨车间除尘器坏了，粉尘很厚。", "薛家镇乙卯门业"),
    ),
    (  # the same unit, another matter
        ("食堂液化气瓶没有检验标志，软管老化。", "己酉冷冻食品食堂"),
        ("门口叉车超速，没有人指挥。", "己酉冷冻食品大门"),
    ),
    (
        ("电梯机房漏水，配电箱湿了。", "辛酉大厦 B 座"),
        ("电梯困人没有人来，按铃没反应。", "辛酉大厦 A 座"),
    ),
    (
        ("电动车飞线充电，插座冒火花。", "壬戌花园 3 号楼"),
        ("电动车飞线充电，插座冒火花。", "锦绣花园 7 号楼"),
    ),
    (
        ("脚手架没有挂安全网。", "癸亥大厦工地"),
        ("脚手架没有挂安全网。", "龙城中学改造工地"),
    ),
    (
        ("The fire exit is blocked by pallets.", "Bingchen Warehouse, 12 Zhonglou Road"),
        ("The fire exit is blocked by pallets.", "Xinbei Furniture, 80 Huanghe Road"),
    ),
    (
        ("污水池清理没有人监护。", "庚申印染污水站"),
        ("污水池清理没有人监护。", "戊戌食品污水站"),
    ),
    (
        ("消防栓没有水，水带也不见了。", "洛阳镇农贸市场"),
        ("占道经营，油烟很大。", "洛阳镇农贸市场"),
    ),
]


def compare(pair, **second):
    (text, place), (other, elsewhere) = pair
    return likeness(account(text, place), account(other, elsewhere, **second), {}, COMMON)


@pytest.mark.parametrize("pair", REWORDED, ids=[pair[0][1] for pair in REWORDED])
def test_the_same_matter_in_other_words_is_worth_showing(pair):
    assert compare(pair).score > 0.3


def test_most_reworded_pairs_are_likely_and_hardly_any_look_alike():
    likely = [pair for pair in REWORDED if compare(pair).is_likely]
    wrong = [pair for pair in LOOK_ALIKES if compare(pair).is_likely]
    assert len(likely) >= len(REWORDED) * 0.8, [compare(pair) for pair in REWORDED]
    assert len(wrong) <= len(LOOK_ALIKES) * 0.1, [(p[1], compare(p)) for p in wrong]


def test_it_is_the_same_from_both_sides():
    for one, other in REWORDED + LOOK_ALIKES:
        there = compare((one, other)).score
        back = compare((other, one)).score
        assert there == pytest.approx(back)


def test_another_district_or_a_year_between_speaks_against_it():
    pair = REWORDED[0]
    near = compare(pair).score
    assert compare(pair, jurisdiction="320411", township=None).score < near
    assert compare(pair, days=360).score < near / 2


def test_the_same_unit_is_the_same_place_whatever_the_words_for_it():
    (text, _place), (other, _elsewhere) = REWORDED[0]
    one = account(text, "东门", unit="u1")
    same = likeness(one, account(other, "西头", unit="u1"), {}, COMMON)
    differs = likeness(one, account(other, "西头", unit="u2"), {}, COMMON)
    assert same.is_likely
    assert not differs.is_likely
    assert same.reasons[0][0] == "same_unit"


def test_a_sure_place_and_one_category_need_no_common_words():
    place = ("天宁街道望江路 210 号木槿花园小区三号楼", "天宁街道望江路210号，木槿花园小区")
    texts = ("楼道里的灭火器指针都在红区，一拧没有水。", "整栋楼的栓箱空着，枪头都不见了。")
    fire, wiring = "fire.facilities", "electric.wiring"
    one = account(texts[0], place[0], category=fire)
    assert likeness(one, account(texts[1], place[1], category=fire), {}, COMMON).is_likely
    assert not likeness(one, account(texts[1], place[1], category=wiring), {}, COMMON).is_likely
    old = account(texts[1], place[1], category=fire, days=200)
    assert not likeness(one, old, {}, COMMON).is_likely


def test_reasons_name_what_is_shared():
    codes = [code for code, _values in compare(REWORDED[0]).reasons]
    assert codes[0] == "same_address"
    assert "same_day" in codes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("十八号", "18号"),
        ("一百二十号楼", "120号楼"),
        ("二楼", "2楼"),
        ("十楼", "10楼"),
        ("三百号", "300号"),
    ],
)
def test_numbers_of_houses_and_floors_are_read_in_both_scripts(text, expected):
    assert with_digits(text) == expected


def test_nothing_is_alike_to_nothing():
    empty = account("", "")
    assert likeness(empty, account("", ""), {}, COMMON).score == 0
    assert not likeness(empty, account("铁链", "纸箱路"), {}, COMMON).is_likely
