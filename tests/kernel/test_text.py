"""Vietnamese text: forms, folding, and what was made to take for ever."""

import time
import unicodedata

import pytest

from shared.text import MARKS_MAX, fold, nfc, sort_key, thinned

HEAPS = ("\u0301\u0316", "\u0591\u05b0")  # above and below by turns, so that each of them has to be sorted


@pytest.mark.parametrize("heap", HEAPS)
@pytest.mark.parametrize("change", [nfc, fold, sort_key])
def test_marks_heaped_upon_a_letter_take_no_time(change: object, heap: str) -> None:
    assert callable(change)
    began = time.monotonic()
    change("a" + heap * 50_000)  # without a bound about ten seconds
    assert time.monotonic() - began < 2


def test_a_tone_on_a_letter_that_bears_none_is_passed_over_in_sorting() -> None:
    assert sorted(["q\u0303b", "qc", "\u0301qa"], key=sort_key) == ["\u0301qa", "q\u0303b", "qc"]


def test_marks_that_somebody_could_see_stay() -> None:
    decomposed = unicodedata.normalize("NFD", "Quận Bình Thủy, Đặng Thị Ngữ")
    assert nfc(f" {decomposed} ") == "Quận Bình Thủy, Đặng Thị Ngữ"
    assert fold(decomposed) == "quan binh thuy, dang thi ngu"
    for text in (decomposed, "a" + "\u0301" * MARKS_MAX, "漢字" * 40, "\u05d0\u05b0" * 40):
        assert thinned(text) == text
    assert thinned("a" + "\u0301" * (MARKS_MAX + 1) + "b") == "a" + "\u0301" * MARKS_MAX + "b"
