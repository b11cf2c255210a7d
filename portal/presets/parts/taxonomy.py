"""The taxonomy: kinds, channels, sectors, categories, places, listed reasons, offices."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from portal.presets.entries import CHINESE, Entry, by_code
from portal.presets.kinds import (
    HAND_OVER_MOVES,
    NOT_SURE,
    RISK_COLOURS,
    AnsweringPost,
    Category,
    Jurisdiction,
    Question,
    QuestionKind,
    Reason,
    Taxonomy,
    Township,
    Words,
)
from portal.presets.parts import risk
from portal.presets.parts.common import (
    Known,
    head,
    named_words,
    named_words_data,
    optional_text,
    without_empty,
    words_beside,
    words_data,
)

REQUIRED = (
    "report_kinds channels sectors categories jurisdictions refusal_reasons return_reasons offices"
    " risk_methods"
)
OPTIONAL = "questions posts"
#: More than these nobody answers.
QUESTIONS_MAX = 3
_SECTOR = "code zh en authority"
_SECTOR_MORE = "criterion"
_CATEGORY = "code sector zh en default_risk urgent words"
_CATEGORY_MORE = "ask office"
_QUESTION = "code kind zh en"
_QUESTION_MORE = "options"
_JURISDICTION = "code zh en townships"
_REASON = "code zh en advice"
_OFFICE = "code zh en advice moves"
_OFFICE_MORE = "phone"
_POST = "at zh en"
_POST_MORE = "phone"
#: What a post can stand for instead of one code.
OF_ALL = ("offices", "districts", "townships")


def read(fields: Mapping[str, Entry], known: Known, version: int, holds_from: datetime) -> Taxonomy:
    """Build the taxonomy; its own codes are checked against each other."""
    offices = by_code(fields["offices"].items(least=1), _office)
    sectors: dict[str, Words] = {}
    authorities: dict[str, str] = {}
    criteria: dict[str, str] = {}
    for item in fields["sectors"].items(least=1):
        sector = item.fields(_SECTOR, _SECTOR_MORE)
        code = sector["code"].code()
        if code in sectors:
            raise sector["code"].fault(f'"{code}" stands here twice')
        sectors[code] = words_beside(item, _SECTOR, _SECTOR_MORE)
        authorities[code] = sector["authority"].one_of(offices, "no office has the code")
        if "criterion" in sector:
            criteria[code] = sector["criterion"].text()
    questions: Mapping[str, Question] = {}
    if "questions" in fields:
        questions = by_code(fields["questions"].items(), _question)
    towns: set[str] = set()
    places = by_code(
        fields["jurisdictions"].items(least=1), lambda entry: _jurisdiction(entry, towns)
    )
    return Taxonomy(
        **head(fields, version, holds_from),
        report_kinds=named_words(fields["report_kinds"]),
        channels=named_words(fields["channels"]),
        sectors=MappingProxyType(sectors),
        categories=by_code(
            fields["categories"].items(least=1),
            lambda entry: _category(entry, sectors, questions, offices),
        ),
        jurisdictions=places,
        refusal_reasons=by_code(fields["refusal_reasons"].items(least=1), _reason),
        return_reasons=by_code(fields["return_reasons"].items(least=1), _reason),
        offices=offices,
        risk_methods=by_code(fields["risk_methods"].items(least=1), risk.read),
        sector_authorities=MappingProxyType(authorities),
        sector_criteria=MappingProxyType(criteria),
        posts=_posts(fields, offices, places),
    )


def _posts(
    fields: Mapping[str, Entry],
    offices: Mapping[str, Reason],
    places: Mapping[str, Jurisdiction],
) -> Mapping[str, AnsweringPost]:
    """Return the post of each office and place: its own, else that of all of its kind."""
    named = {
        OF_ALL[0]: {code: office.name for code, office in offices.items()},
        OF_ALL[1]: {code: place.name for code, place in places.items()},
        OF_ALL[2]: {town.code: town.name for one in places.values() for town in one.townships},
    }
    own = {code for words in named.values() for code in words}
    given: dict[str, AnsweringPost] = {}
    for item in fields["posts"].items() if "posts" in fields else ():
        post = item.fields(_POST, _POST_MORE)
        at = post["at"].one_of({*own, *OF_ALL}, "there is no office or place")
        if at in given:
            raise post["at"].fault(f'"{at}" stands here twice')
        phone = optional_text(post, "phone")
        if not phone and at != OF_ALL[0] and not (at in offices and offices[at].phone):
            raise item.fault("needs a number to call", field="phone")
        given[at] = AnsweringPost(words_beside(item, _POST, _POST_MORE), phone)
    found: dict[str, AnsweringPost] = {}
    for kind, words in named.items():
        for code, name in words.items():
            post_of = given.get(code) or given.get(kind)
            phone = (post_of.phone if post_of else "") or _phone_of(code, offices)
            if post_of and phone:
                found[code] = AnsweringPost(_filled(post_of.name, name), phone)
    return MappingProxyType(found)


def _phone_of(code: str, offices: Mapping[str, Reason]) -> str:
    return offices[code].phone if code in offices else ""


def _filled(words: Words, name: Words) -> Words:
    return Words(words.zh.replace("{name}", name.zh), words.en.replace("{name}", name.en))


def _question(entry: Entry) -> Question:
    fields = entry.fields(_QUESTION, _QUESTION_MORE)
    kind = QuestionKind(
        fields["kind"].one_of([one.value for one in QuestionKind], "there is no kind of question")
    )
    if (kind is QuestionKind.CHOICE) != ("options" in fields):
        raise entry.fault("a choice needs options, and no other kind has any", field="options")
    options: Mapping[str, Words] = {}
    if "options" in fields:
        listed = fields["options"].items(least=2)
        options = named_words(fields["options"])
        for item in listed if NOT_SURE in options else ():
            raise item.fault(f'"{NOT_SURE}" stands beside all answers already')
    return Question(
        code=fields["code"].code(),
        kind=kind,
        name=words_beside(entry, _QUESTION, _QUESTION_MORE),
        options=options,
    )


def _asked(entry: Entry, questions: Mapping[str, Question]) -> tuple[Question, ...]:
    items = entry.items()
    if len(items) > QUESTIONS_MAX:
        raise entry.fault(f"asks more than {QUESTIONS_MAX} questions")
    codes = [item.one_of(questions, "there is no question") for item in items]
    for item, code in zip(items, codes, strict=True):
        if codes.count(code) > 1:
            raise item.fault(f'"{code}" stands here twice')
    return tuple(questions[code] for code in codes)


def _others_office(entry: Entry, offices: Mapping[str, Reason]) -> str:
    office = entry.one_of(offices, "no office has the code")
    if "transfer_out" not in offices[office].moves:
        raise entry.fault(f'nothing can be transferred to "{office}"')
    return office


def _category(
    entry: Entry,
    sectors: Mapping[str, Words],
    questions: Mapping[str, Question],
    offices: Mapping[str, Reason],
) -> Category:
    fields = entry.fields(_CATEGORY, _CATEGORY_MORE)
    words = fields["words"].fields("zh en")
    chinese = tuple(item.text() for item in words["zh"].items(least=1))
    english = tuple(item.text() for item in words["en"].items(least=1))
    for word, item in zip(chinese, words["zh"].items(), strict=True):
        if not CHINESE.search(word):
            raise item.fault(f'holds no Chinese: "{word}"')
    for word, item in zip(english, words["en"].items(), strict=True):
        if CHINESE.search(word):
            raise item.fault(f'holds Chinese: "{word}"')
    for word, item in zip(
        chinese + english, words["zh"].items() + words["en"].items(), strict=True
    ):
        if (chinese + english).count(word) > 1:
            raise item.fault(f'"{word}" stands here twice')
    return Category(
        code=fields["code"].code(),
        sector=fields["sector"].one_of(sectors, "there is no sector"),
        name=words_beside(entry, _CATEGORY, _CATEGORY_MORE),
        default_risk=fields["default_risk"].one_of(RISK_COLOURS, "there is no risk colour"),
        urgent=fields["urgent"].flag(),
        synonyms=chinese + english,
        questions=_asked(fields["ask"], questions) if "ask" in fields else (),
        office=_others_office(fields["office"], offices) if "office" in fields else "",
    )


def _jurisdiction(entry: Entry, towns: set[str]) -> Jurisdiction:
    fields = entry.fields(_JURISDICTION)
    townships = by_code(
        fields["townships"].items(),
        lambda item: Township(
            code=item.fields("code zh en")["code"].code(), name=words_beside(item, "code zh en")
        ),
    )
    for item, code in zip(fields["townships"].items(), townships, strict=True):
        if code in towns:
            raise item.fault(f'another jurisdiction has the township "{code}"', field="code")
        towns.add(code)
    return Jurisdiction(
        code=fields["code"].code(),
        name=words_beside(entry, _JURISDICTION),
        townships=tuple(townships.values()),
    )


def _reason(entry: Entry) -> Reason:
    fields = entry.fields(_REASON)
    return Reason(
        code=fields["code"].code(),
        name=words_beside(entry, _REASON),
        advice=fields["advice"].words(),
    )


def _office(entry: Entry) -> Reason:
    fields = entry.fields(_OFFICE, _OFFICE_MORE)
    moves = fields["moves"].codes(HAND_OVER_MOVES, "there is no hand-over")
    return Reason(
        code=fields["code"].code(),
        name=words_beside(entry, _OFFICE, _OFFICE_MORE),
        advice=fields["advice"].words(),
        moves=tuple(move for move in HAND_OVER_MOVES if move in moves),
        phone=optional_text(fields, "phone"),
    )


def write(taxonomy: Taxonomy) -> dict[str, object]:
    """Return the taxonomy as plain data."""
    questions = {
        question.code: question
        for category in taxonomy.categories.values()
        for question in category.questions
    }
    listed = [_question_data(questions[code]) for code in sorted(questions)]
    posts = [
        {"at": at, **words_data(post.name), "phone": post.phone}
        for at, post in taxonomy.posts.items()
    ]
    return {
        **({"questions": listed} if listed else {}),
        **({"posts": posts} if posts else {}),
        "report_kinds": named_words_data(taxonomy.report_kinds),
        "channels": named_words_data(taxonomy.channels),
        "sectors": [
            without_empty(
                {
                    "code": code,
                    **words_data(words),
                    "authority": taxonomy.sector_authorities.get(code, ""),
                    "criterion": taxonomy.sector_criteria.get(code, ""),
                }
            )
            for code, words in taxonomy.sectors.items()
        ],
        "categories": [_category_data(category) for category in taxonomy.categories.values()],
        "jurisdictions": [
            {
                "code": place.code,
                **words_data(place.name),
                "townships": [
                    {"code": town.code, **words_data(town.name)} for town in place.townships
                ],
            }
            for place in taxonomy.jurisdictions.values()
        ],
        "refusal_reasons": [_reason_data(item) for item in taxonomy.refusal_reasons.values()],
        "return_reasons": [_reason_data(item) for item in taxonomy.return_reasons.values()],
        "risk_methods": [risk.write(method) for method in taxonomy.risk_methods.values()],
        "offices": [_reason_data(item) for item in taxonomy.offices.values()],
    }


def _question_data(question: Question) -> dict[str, object]:
    return without_empty(
        {
            "code": question.code,
            "kind": question.kind.value,
            **words_data(question.name),
            "options": named_words_data(question.options),
        }
    )


def _category_data(category: Category) -> dict[str, object]:
    data = {
        "code": category.code,
        "sector": category.sector,
        **words_data(category.name),
        "default_risk": category.default_risk,
        "urgent": category.urgent,
        "words": {
            "zh": [word for word in category.synonyms if CHINESE.search(word)],
            "en": [word for word in category.synonyms if not CHINESE.search(word)],
        },
        "ask": [question.code for question in category.questions],
        "office": category.office,
    }
    return without_empty(data)


def _reason_data(reason: Reason) -> dict[str, object]:
    return without_empty(
        {
            "code": reason.code,
            **words_data(reason.name),
            "advice": words_data(reason.advice) if reason.advice else None,
            "moves": list(reason.moves),
            "phone": reason.phone,
        }
    )
