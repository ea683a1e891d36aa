"""Vietnamese text: one normal form on input, search that ignores marks, names sorted by the last word."""

import re
import unicodedata
from functools import lru_cache

MARKS_MAX = 30  # in a row; real Vietnamese stacks two on a letter
# Long runs without a Latin letter, the only places where there may be too many marks.
_NO_LATIN = re.compile(f"[^\x00-\u02ff\u1e00-\u1eff]{{{MARKS_MAX + 1},}}")
_KEBAB = re.compile(r"(?<!^)(?=[A-Z])")
_ALPHABET = {letter: rank for rank, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền, hỏi, ngã, sắc, nặng


def thinned(text: str) -> str:
    """Return the text with no more than 30 marks on a letter.

    Nobody sees more, and to sort a long run of them, as every normal form does, takes quadratic time.
    """
    return _NO_LATIN.sub(lambda run: _thin(run.group()), text)


def _thin(run: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in run:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= MARKS_MAX:
            kept.append(char)
    return "".join(kept)


def nfc(text: str) -> str:
    """Return the text in NFC, outer blanks removed."""
    return unicodedata.normalize("NFC", thinned(text)).strip()


def fold(text: str) -> str:
    """Return the text without marks and case, for search; đ is folded to d, which Unicode does not do."""
    decomposed = unicodedata.normalize("NFD", thinned(text.lower()))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.replace("đ", "d").split())


@lru_cache(maxsize=10_000)  # the same names are sorted for every page
def sort_key(text: str) -> tuple[tuple[int, ...], tuple[int, ...], str]:
    """Return the key that sorts by the Vietnamese alphabet, tones after letters."""
    letters: list[int] = []
    tones: list[int] = []
    for char in nfc(text.lower()):
        parts = unicodedata.normalize("NFD", char)
        tone = next((_TONES[part] for part in parts if part in _TONES), 0)
        letter = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
        if not letter:
            continue  # a tone on what bears none, as "q̃"
        letters.append(_ALPHABET.get(letter, -1 if letter == " " else 1000 + ord(letter[0])))
        tones.append(tone)
    return tuple(letters), tuple(tones), text


def kebab(name: str) -> str:
    """Return `complete-task` for `CompleteTask`."""
    return _KEBAB.sub("-", name).lower()
