"""The language of a page, and the links that carry it."""

from collections.abc import Hashable, Iterable
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, get_domain, get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import Macro
from markupsafe import Markup

#: What we speak, by Babel's names. The folder of Chinese is zh_Hans_CN, never zh_CN.
LANGUAGES = ("zh_Hans_CN", "en")
#: The `lang` attribute and the value of ?lang= for each.
HTML_LANG = {"zh_Hans_CN": "zh-Hans", "en": "en"}
SHORT = {"zh_Hans_CN": "zh", "en": "en"}
#: How many sentences of templates a process keeps; there are some two thousand in two languages.
KEPT = 8192
_drawn: dict[tuple[Any, ...], str] = {}
_said: dict[tuple[Any, str, Any], str] = {}


def spoken(tag: str | None) -> str | None:
    """Return the language of ours that a tag such as zh-CN, zh_Hans or en-GB means, or None."""
    start = (tag or "").lower().replace("_", "-").split("-")[0]
    return {"zh": "zh_Hans_CN", "en": "en"}.get(start)


def language() -> str:
    """Return the link's language, else the profile's, else the browser's first, else the preset's.

    A profile's language is what the session's reader put into `g.profile_language`.
    """
    chosen = spoken(request.args.get("lang")) or spoken(g.get("profile_language"))
    if chosen:
        return chosen
    for tag, _quality in request.accept_languages:
        if wanted := spoken(tag):
            return wanted
    return spoken(current_app.config.get("DEFAULT_LANGUAGE")) or LANGUAGES[0]


def locale_in_use() -> Any:
    """Return Flask-Babel's locale; from where it keeps it, since a page asks hundreds of times."""
    here = _globals()
    found = getattr(here.get("_flask_babel"), "babel_locale", None) if here else None
    return found or get_locale()


def _globals() -> Any:
    """Return what `g` stands for: each use of `g` itself looks for it again."""
    return g._get_current_object() if g else None


def current() -> str:
    """Return the language in use, one of LANGUAGES."""
    return _ours(locale_in_use())


@lru_cache(maxsize=64)
def _ours(locale: Any) -> str:
    return spoken(str(locale)) or LANGUAGES[0]


class OnceAPage(Domain):
    """Looks its catalogue up once a page: Flask-Babel asks anew for every sentence."""

    def get_translations(self) -> Any:
        """Return the sentences of the language in use; outside of any app, none."""
        here, locale = _globals(), locale_in_use()
        if here is None:
            return super().get_translations()
        kept: tuple[Any, Any] | None = here.get("catalogue")
        if kept is None or kept[0] is not locale:  # another one while a mail is written
            kept = here.catalogue = (locale, super().get_translations())
        return kept[1]


class Sentences(Babel):
    """Flask-Babel with that domain."""

    @cached_property
    def domain_instance(self) -> Domain:
        return OnceAPage(domain=self.domain)


def catalogue() -> Any:
    """Return the sentences of the language in use."""
    return get_domain().get_translations()


@pass_eval_context
def say(escaping: EvalContext, sentence: str, /, **values: Any) -> str:
    """Return a template's sentence in the language in use, with its values put in.

    As Jinja's own `_` says it, which goes through four calls for each of a hundred sentences.
    """
    found = catalogue()
    key = (found, sentence, escaping.autoescape)
    said = _said.get(key)
    if said is None:
        if len(_said) >= KEPT:
            _said.clear()
        told = found.ugettext(sentence)
        said = _said[key] = Markup(told) if escaping.autoescape else told  # noqa: S704  ours
    # Also without values: a percent sign is written twice in every sentence.
    return said % values


def drawn(macro: Macro, *values: Hashable) -> str:
    """Return what a mark's macro draws for these values, drawn once a language.

    For macros that have no other of their name, and whose arguments are a few words of our own: a
    list shows the same ones on each row, each visitor meets the same kinds of hazard.
    """
    key = (current(), macro.name, values)
    found = _drawn.get(key)
    if found is None:
        if len(_drawn) >= KEPT:
            _drawn.clear()
        found = _drawn[key] = macro(*values)
    return found


def language_field() -> Markup:
    """Return the hidden field that carries a language chosen by link through a GET form.

    The browser drops the query of a form's address; nothing where no language was chosen.
    """
    chosen = chosen_short()
    field = Markup('<input type="hidden" name="lang" value="{}">')
    return field.format(chosen) if chosen else Markup("")


def chosen_short() -> str | None:
    """Return the value of ?lang= that was chosen by link; None where none was."""
    chosen = spoken(request.args.get("lang"))
    return SHORT[chosen] if chosen else None


def short_lang() -> str:
    """Return the value of ?lang= that stands for the language of the page."""
    return SHORT[current()]


def html_lang() -> str:
    """Return the value of the page's `lang` attribute."""
    return HTML_LANG[current()]


def other_language() -> dict[str, str]:
    """Return the link to the same page in the other language: `url`, `lang`, `name`, `short`."""
    other = "en" if current() == "zh_Hans_CN" else "zh_Hans_CN"
    kept = [(k, v) for k, v in request.args.items(multi=True) if k != "lang"]
    return {
        "url": f"{request.path}?{urlencode([*kept, ('lang', SHORT[other])])}",
        "lang": HTML_LANG[other],
        "name": {"en": "English", "zh_Hans_CN": "中文"}[other],
        "short": {"en": "EN", "zh_Hans_CN": "中文"}[other],
    }


def with_language(address: str, short: str) -> str:
    """Return an address of ours that asks for that language, whatever it asked for before."""
    parts = urlsplit(address)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    if [value for name, value in asked if name == "lang"] == [short]:
        return address
    kept = [(name, value) for name, value in asked if name != "lang"]
    return parts._replace(query=urlencode([*kept, ("lang", short)])).geturl()


def gap() -> str:
    """Return what stands between two sentences: a space, and in Chinese nothing."""
    return "" if short_lang() == "zh" else " "


def listed(words: Iterable[object]) -> str:
    """Return names one after the other, as the page's language sets them apart."""
    return ("、" if short_lang() == "zh" else ", ").join(map(str, words))


def bind(app: Flask) -> None:
    """Give templates the functions above; once chosen by link, a language stays in our links."""
    app.jinja_env.globals.update(
        drawn=drawn,
        gap=gap,
        html_lang=html_lang,
        language_field=language_field,
        listed=listed,
        other_language=other_language,
        short_lang=short_lang,
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda words: catalogue().ugettext(words),
        ngettext=lambda one, many, number: catalogue().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = say

    @app.url_defaults
    def carry(endpoint: str, values: dict[str, Any]) -> None:
        # Jobs build addresses too, outside any request.
        chosen = chosen_short() if has_request_context() else None
        if chosen and endpoint != "static":
            values.setdefault("lang", chosen)

    @app.after_request
    def carry_on(response: Response) -> Response:
        # What somebody wanted before signing in was kept with the language of then.
        chosen, target = chosen_short(), response.location
        if chosen and target and target.startswith("/"):
            response.location = with_language(target, chosen)
        return response
