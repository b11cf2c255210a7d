"""First-person hints: what tells who writes to somebody who knows the place."""

import re
from collections.abc import Iterator

from portal.personal.kinds import Found, Kind

_PLACES = "班组|班|组|车间|部门|宿舍|寝室|工段|科室|工地|公司|工厂|厂|单位|产线|流水线|仓库|食堂|队"
_OTHERS = (
    "班长|组长|主管|老板|领导|师傅|队长|主任|经理|厂长|同事|工友|室友|老公|老婆|爱人|丈夫|妻子"
    "|儿子|女儿|父亲|母亲|爸|妈|工位|宿舍|机床|岗位|工号|工牌|房间"
)
_TRADES = (
    "员工|工人|职工|焊工|电工|司机|保安|学徒|临时工|实习生|会计|住户|业主|租户|班长|组长|工程师"
)
_NO_END = "[^，。！？；、,.!?;\\s]"
_CHINESE = (
    rf"我是{_NO_END}{{0,8}}(?:{_PLACES}){_NO_END}{{0,3}}(?:的|员工|工人|职工)",
    rf"我是{_NO_END}{{0,8}}(?:{_TRADES})",
    rf"我们?的?(?:车间|班组|[一-鿿]{{0,2}})?(?:{_OTHERS})",
    rf"我们(?:这个|那个|这边|这|那)?(?:{_PLACES})",
    rf"我(?:就|也|一直|现在)?在{_NO_END}{{1,10}}(?:上班|工作|干活|干了|做了|打工|值班|实习|当班)",
    r"我家?(?:就|也|们)?住(?![房户宅院])",
)
_MINE = (
    "shift leader|team leader|leader|boss|manager|supervisor|foreman|shift|team|line|workshop"
    "|department|crew|colleagues?|workmates?|coworkers?|roommates?|dormitory|dorm|locker|machine"
    "|flat|room|husband|wife|son|daughter|brother|sister|father|mother|company|factory|plant|desk"
)
_ENGLISH = (
    rf"\b(?:my|our) (?:[a-z]{{1,15}} ){{0,1}}(?:{_MINE})\b",
    r"\bI(?:'ve| have)? (?:also |only |have |been )?"
    r"(?:work|worked|working|live|lived|sleep|operate|drive)"
    r" (?:in|at|as|on|for|next|behind|opposite|with|here|there|above|beside|the|a)\b",
    r"\bI(?:'m|’m| am| was) (?:a|an|the|one of the) (?:[a-z]{1,15} ){1,3}"
    r"(?:at|in|on|of|here|there|for)\b",
)
PATTERNS = (
    *(re.compile(pattern) for pattern in _CHINESE),
    *(re.compile(pattern, re.IGNORECASE) for pattern in _ENGLISH),
)


def hints(text: str) -> Iterator[Found]:
    """Yield what says where the writer works or lives, or under whom."""
    for pattern in PATTERNS:
        for match in pattern.finditer(text):
            yield Found(Kind.HINT, *match.span(), match[0])
