"""Vietnamese words: compare them without marks, and mend what a scanner misread."""

import re
import unicodedata
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word in canonical form, and where it stands in the text it was read from."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A scanning error, as it was written and as it is read, each with the words around it."""

    written: str
    read: str


def fold(text: str) -> str:
    """Return the text in small letters without marks, `đ` as `d`."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("đ", "d")


def one_line(text: str) -> str:
    """Return the text with every run of blanks as one space, none at the ends."""
    return " ".join(text.split())


def plain(text: str) -> str:
    """Return a line as one line without the marks of bold, italics and headings around it."""
    return one_line(text).strip("*_# ").strip()


# What clerks write in several ways and mean as one: both the known names and the text go through
# this table, so one alias in the data stands for all its spellings.
_CONCEPTS: dict[tuple[str, ...], str] = {
    ("thi", "dua", "khen", "thuong"): "tdkt",
    ("td", "kt"): "tdkt",
    ("uy", "ban", "nhan", "dan"): "ubnd",
    ("hoi", "dong", "nhan", "dan"): "hdnd",
    ("hoi", "dong", "thi", "dua", "khen", "thuong"): "hdtdkt",
    ("hoi", "dong", "td", "kt"): "hdtdkt",
    ("hoi", "dong", "tdkt"): "hdtdkt",
    ("hd", "td", "kt"): "hdtdkt",
    ("hd", "tdkt"): "hdtdkt",
    ("van", "phong"): "vp",
    ("mat", "tran", "to", "quoc"): "mttq",
    ("lao", "dong", "thuong", "binh", "xa", "hoi"): "ldtbxh",
    ("ld", "tb", "xh"): "ldtbxh",
    ("ld", "tbxh"): "ldtbxh",
    ("ldtb", "xh"): "ldtbxh",
    ("van", "hoa", "thong", "tin"): "vhtt",
    ("vh", "tt"): "vhtt",
    ("giao", "duc", "dao", "tao"): "gddt",
    ("gd", "dt"): "gddt",
    ("tai", "nguyen", "moi", "truong"): "tnmt",
    ("tn", "mt"): "tnmt",
    ("tai", "chinh", "ke", "hoach"): "tckh",
    ("tc", "kh"): "tckh",
    ("lien", "hiep", "phu", "nu"): "lhpn",
    ("quan", "ly", "do", "thi"): "qldt",
    ("p",): "phong",
}
_CONCEPT_WORDS_MAX = max(len(words) for words in _CONCEPTS)
_CONCEPT_STARTS = {words[0] for words in _CONCEPTS}


def canonical_words(text: str) -> list[Word]:
    """Return the words that count when names are compared, abbreviations and full forms as one.

    `và`, `&` and punctuation do not count: "Tài chính - Kế hoạch" is "Tài chính và Kế hoạch".
    """
    words = [Word(text=fold(m.group()), start=m.start(), end=m.end()) for m in _WORD.finditer(text)]
    words = [word for word in words if word.text not in ("va", "")]
    merged: list[Word] = []
    position = 0
    while position < len(words):
        length = _concept_length(words, position)
        if length:
            group = words[position : position + length]
            concept = _CONCEPTS[tuple(word.text for word in group)]
            merged.append(Word(text=concept, start=group[0].start, end=group[-1].end))
        else:
            merged.append(words[position])
        position += length or 1
    return merged


def canonical(text: str) -> str:
    """Return the canonical words of the text, separated by spaces."""
    return " ".join(word.text for word in canonical_words(text))


def _concept_length(words: list[Word], position: int) -> int:
    if words[position].text not in _CONCEPT_STARTS:
        return 0
    for length in range(min(_CONCEPT_WORDS_MAX, len(words) - position), 0, -1):
        if tuple(word.text for word in words[position : position + length]) in _CONCEPTS:
            return length
    return 0


_KHOI = re.compile(r"\b[Kk][Hh][ởỞ][iI]\b")
_KHOI_BEFORE = re.compile(r"\bcum ?(?:,|va|-|/|;) ?$")
_KHOI_AFTER = re.compile(r" (?:thi dua|truong\b|pho\b|cac co quan|cac don vi|nha nuoc)")
# "khởi" is a word of its own: to begin. It is left alone before what it usually begins.
_KHOI_MEANT = re.compile(r" (?:nghia|cong|dong|nghiep|xuong|sac|to|hanh|dau|diem|kien|nguon)\b")
_CONG = re.compile(r"\b[Cc][ôÔ][nN][gG](?= (?:TTĐT|[Tt]hông tin điện tử|THÔNG TIN ĐIỆN TỬ)\b)")
_MENDED = str.maketrans("ởỞôÔ", "ốỐổỔ")
_CONTEXT_CHARACTERS = 20


def mend_scan(text: str) -> tuple[str, list[Correction]]:
    """Return the text with scanning errors mended, and each one that was.

    `khởi` is read as `khối` next to "cụm" or before "thi đua"; `Công TTĐT` as `Cổng TTĐT`.
    """
    corrections: list[Correction] = []
    parts: list[str] = []
    last = 0
    spots = sorted([*_KHOI.finditer(text), *_CONG.finditer(text)], key=lambda match: match.start())
    for spot in spots:
        if spot.re is _KHOI and not _is_misread_khoi(text, spot):
            continue
        mended = spot.group().translate(_MENDED)
        before = text[max(0, spot.start() - _CONTEXT_CHARACTERS) : spot.start()].rpartition("  ")[2]
        after = text[spot.end() : spot.end() + _CONTEXT_CHARACTERS]
        shown_before = " ".join(before.split(" ")[-2:])
        shown_after = " ".join(after.split(" ")[:3])
        corrections.append(
            Correction(
                written=f"{shown_before}{spot.group()}{shown_after}".strip(),
                read=f"{shown_before}{mended}{shown_after}".strip(),
            )
        )
        parts += [text[last : spot.start()], mended]
        last = spot.end()
    return "".join([*parts, text[last:]]), corrections


def _is_misread_khoi(text: str, spot: re.Match[str]) -> bool:
    before = fold(text[max(0, spot.start() - _CONTEXT_CHARACTERS) : spot.start()])
    after = fold(text[spot.end() : spot.end() + _CONTEXT_CHARACTERS])
    if _KHOI_AFTER.match(after):
        return True
    return bool(_KHOI_BEFORE.search(before)) and not _KHOI_MEANT.match(after)
