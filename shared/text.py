"""Vietnamese text: one normal form on input, search that ignores marks, names sorted by the last word."""

import re
import unicodedata

_KEBAB = re.compile(r"(?<!^)(?=[A-Z])")
_ALPHABET = {letter: rank for rank, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền, hỏi, ngã, sắc, nặng


def nfc(text: str) -> str:
    """Return the text in NFC, outer blanks removed."""
    return unicodedata.normalize("NFC", text).strip()


def fold(text: str) -> str:
    """Return the text without marks and case, for search; đ is folded to d, which Unicode does not do."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))
    return " ".join(bare.replace("đ", "d").split())


def sort_key(text: str) -> tuple[tuple[int, ...], tuple[int, ...], str]:
    """Return the key that sorts by the Vietnamese alphabet, tones after letters."""
    letters: list[int] = []
    tones: list[int] = []
    for char in unicodedata.normalize("NFC", text.lower()):
        parts = unicodedata.normalize("NFD", char)
        tone = next((_TONES[part] for part in parts if part in _TONES), 0)
        letter = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
        letters.append(_ALPHABET.get(letter, -1 if letter == " " else 1000 + ord(letter[0])))
        tones.append(tone)
    return tuple(letters), tuple(tones), text


def kebab(name: str) -> str:
    """Return `complete-task` for `CompleteTask`."""
    return _KEBAB.sub("-", name).lower()
