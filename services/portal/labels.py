"""The words for people: sentences of refusals, names of states, roles, events, levels and places."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.portal.format import plain
from shared.text import kebab
from shared.types import CITY, Role

LABELS_PATH = Path(__file__).parent / "labels.toml"
SECTIONS = ("codes", "states", "roles", "events", "words", "levels", "places", "audit", "verdicts", "actions")
TONES = ("", "good", "warn", "bad")
_FIELD = re.compile(r"\{(\w+)\}")
_UNKNOWN = {
    "vi": "Hệ thống không nhận yêu cầu này (mã: {code}). Hãy báo mã này cho người quản trị.",
    "en": "The system refused this request (code: {code}). Please give this code to the administrator.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state as the screen shows it: a word and a sign; the tone only colours them."""

    word: str
    sign: str
    tone: str


@cache
def load() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return section → key → language → text; read once."""
    return tomllib.loads(LABELS_PATH.read_text(encoding="utf-8"))


def label(section: str, key: str, lang: str = "vi") -> str:
    """Return the text of a key; the key itself where nobody has written one."""
    return load().get(section, {}).get(key, {}).get(lang, key)


def office(district: str, lang: str = "vi") -> str:
    """Return who prepares and receives what is of a district (vi: Phòng Nội vụ), of the city its board."""
    return label("roles", Role.CITY_BOARD if district == CITY else Role.HOME_AFFAIRS, lang)


def event_words(event_type: str, lang: str = "vi") -> str:
    """Return what happened in words; `TaskStarted` and `plans.TaskStarted.v1` are the same."""
    parts = event_type.split(".")
    return label("events", parts[1] if len(parts) == 3 else event_type, lang)


def word(kind: str, key: str, lang: str = "vi") -> str:
    """Return the word of one value of an enumeration, as `category.merit`; the value itself where there is none."""
    found = label("words", f"{kind}.{key}", lang)
    return key if found == f"{kind}.{key}" else found


def sentence(code: str, detail: Mapping[str, object] | None = None, lang: str = "vi") -> str:
    """Return the sentence of a refusal with its `{named}` fields filled in.

    A field without a value shows as "…"; only names are looked up, never attributes; an `action` is said in
    the words of [actions]. An unknown code gives a general sentence that names it.
    """
    text = load().get("codes", {}).get(code, {}).get(lang)
    if text is None:
        return _UNKNOWN[lang].format(code=code)
    values = dict(detail or {})
    if isinstance(action := values.get("action"), str):
        found = label("actions", kebab(action), lang)
        values["action"] = action if found == kebab(action) else f"{found[0].lower()}{found[1:]}"
    return _FIELD.sub(lambda field: plain(values.get(field[1])), text)


def state(key: str, lang: str = "vi") -> State:
    """Return word, sign and tone of a state; an unknown state shows its key with a question mark."""
    entry = load().get("states", {}).get(key, {})
    return State(word=entry.get(lang, key), sign=entry.get("sign", "?"), tone=entry.get("tone", ""))
