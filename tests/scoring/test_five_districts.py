"""SC-19 of the domain reference: the ranking of the five districts in 2020."""

from decimal import Decimal

from services.scoring.commands import LineScore, PostScore
from services.scoring.decider import SHEET
from services.scoring.events import Criterion, Score, Section
from services.scoring.rules import ranked, standing
from shared.types import CITY
from tests.scoring.a_sheet import AT, CITY_BOARD, CITY_GROUP, criteria_view, facts, unit

SECTIONS = tuple(
    Section(code=code, name=code, criteria=(Criterion(code=f"{code}.1", name=code, max_points=Decimal(maximum)),))
    for code, maximum in (("I", 600), ("II", 200), ("III", 200))
)


def posted(unit_id: str, first: int, council: int, bonus: int = 0, penalty: int = 0, out: str | None = None) -> Score:
    """Return the score of a district: section I, and the council's sum before bonus and penalty."""
    second = min(200, council - first)
    points = {"I.1": first, "II.1": second, "III.1": council - first - second}
    command = PostScore(
        district=CITY,
        unit_id=unit_id,
        year=2020,
        lines=tuple(LineScore(criterion=code, points=Decimal(value)) for code, value in points.items()),
        bonus=Decimal(bonus),
        bonus_reason="Cờ thi đua" if bonus else "",
        penalty=Decimal(penalty),
        penalty_reason="Báo cáo trễ" if penalty else "",
        knocked_out_reason=out,
        at=AT,
    )
    criteria = criteria_view(district=CITY, sections=SECTIONS, max_points=Decimal(1000))
    known = facts(CITY_BOARD, unit=unit(unit_id, CITY), group=CITY_GROUP, criteria=criteria)
    [event] = SHEET.decide(command, SHEET.initial, known)
    score = event.score  # type: ignore[union-attr]
    assert isinstance(score, Score)
    return score


def scores(out: str | None = None) -> dict[str, Score]:
    return {
        "quan-ninh-kieu": posted("quan-ninh-kieu", 585, 962, bonus=15),
        "quan-binh-thuy": posted("quan-binh-thuy", 581, 951, bonus=10),
        "quan-cai-rang": posted("quan-cai-rang", 588, 961),
        "quan-o-mon": posted("quan-o-mon", 570, 948, out=out),
        "quan-thot-not": posted("quan-thot-not", 575, 955, penalty=10),
    }


def test_ninh_kieu_leads_and_cai_rang_stands_before_binh_thuy_by_section_one() -> None:
    result = ranked(standing(unit_id, score) for unit_id, score in scores().items())
    assert [(rank, one.unit_id, int(one.total)) for rank, one in result] == [
        (1, "quan-ninh-kieu", 977),
        (2, "quan-cai-rang", 961),
        (3, "quan-binh-thuy", 961),
        (4, "quan-o-mon", 948),
        (5, "quan-thot-not", 945),
    ]


def test_a_district_that_did_not_register_is_not_ranked() -> None:
    result = ranked(standing(unit_id, score) for unit_id, score in scores("Không đăng ký thi đua").items())
    assert [(rank, one.unit_id) for rank, one in result][-2:] == [(4, "quan-thot-not"), (None, "quan-o-mon")]
