"""A new year's plan from an old one: rows in force, dates and years moved, units by their successors. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.plans.events import DraftTask, NamedUnit, PlanText, Unit
from services.plans.rules.organisation import successor_on
from services.plans.views import PlanVersionView, ReplacedUnit

# A document's number, with its date behind it: "91/2017/NĐ-CP ngày 31/7/2017", "05/CT-UBND ngày 09 tháng 01 năm 2020".
_DOCUMENT = (
    r"\b\d{1,6}(?:/\d{4})?/[A-ZĐ][\wĐđ.\-]*"
    r"(?:,?\s+ngày\s+(?:\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{4}|\d{1,2}\s+tháng\s+\d{1,2}\s+năm\s+\d{4}))?"
)
# Laws are called by the year in which they were passed; periods are what several years have agreed on.
_LAW = r"\b(?:[Ll]uật|[Bb]ộ luật|[Hh]iến pháp)\b[^.;]{0,80}?\bnăm\s+\d{4}"
_PERIOD = r"\b\d{4}\s*[-–]\s*\d{4}\b|\b[Gg]iai đoạn\b[^.;,]{0,40}"
_DATE = r"(?P<day>\d{1,2})(?P<first>\s*[/.-]\s*)(?P<month>\d{1,2})(?P<second>\s*[/.-]\s*)(?P<of>\d{4})\b"
_YEAR = r"(?<![\d.-])(?P<slash>(?<!\d)\d{1,2}/|(?<!/))(?P<year>(?:19|20)\d{2})(?![\d/-])"
_PARTS = re.compile(rf"(?P<kept>{_DOCUMENT}|{_LAW}|{_PERIOD})|(?<![\d/.-]){_DATE}|{_YEAR}")


def moved_date(day: date, years: int) -> date:
    """Return the day as many years later; 29 February becomes the 28th where the year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def moved_text(text: str, from_year: int, year: int) -> str:
    """Return the text with the old year, and the year before it, moved on.

    Numbers and dates of documents, years of laws, and periods stay: they speak of what has been decided.
    """

    def move(found: re.Match[str]) -> str:
        if found["kept"] is not None:
            return found[0]
        written = int(found["year"] or found["of"])
        if written not in (from_year, from_year - 1):
            return found[0]
        moved = written + year - from_year
        if found["year"] is not None:
            return f"{found['slash']}{moved}"
        day = found["day"]
        if (int(day), int(found["month"])) == (29, 2) and not _is_leap(moved):
            day = "28"
        return f"{day}{found['first']}{found['month']}{found['second']}{moved}"

    return _PARTS.sub(move, text)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def moved_plan_text(text: PlanText, from_year: int, year: int) -> PlanText:
    """Return the parts of the document around its table, moved; the signer stays."""

    def moved(items: Iterable[str]) -> tuple[str, ...]:
        return tuple(moved_text(one, from_year, year) for one in items)

    return replace(
        text,
        title=moved_text(text.title, from_year, year),
        bases=moved(text.bases),
        purposes=moved(text.purposes),
        requirements=moved(text.requirements),
        solutions=moved(text.solutions),
        organisation=moved(text.organisation),
    )


def rows_in_force(draft: Sequence[DraftTask], versions: Sequence[PlanVersionView]) -> tuple[DraftTask, ...]:
    """Return the rows of the document after all its amendments, in order of number."""
    rows = {row.number: row for row in draft}
    for version in sorted(versions, key=lambda one: one.version):
        # What happens to one task of a row that repeats is no change of the row.
        once = {number for number, row in rows.items() if row.repeats is None}
        for number in once.intersection(task.number for task in version.left):
            del rows[number]
        rows |= {row.number: row for row in version.changed if row.number in once}
        rows |= {row.number: row for row in version.added}
    return tuple(rows[number] for number in sorted(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRows:
    """The rows in the new year, and the units of them that had to be replaced."""

    rows: tuple[DraftTask, ...]
    replaced: tuple[ReplacedUnit, ...]


def moved_rows(
    rows: Iterable[DraftTask],
    from_year: int,
    year: int,
    *,
    units: Mapping[str, Unit],
    sets: Mapping[str, str],
    on: date,
) -> MovedRows:
    """Return the rows in the year, with units and sets (id → name) as they are on the day.

    A unit that ended without a successor, and a set that is gone, stay as they were named: a person has to choose.
    """
    ended: dict[str, ReplacedUnit] = {}

    def named(before: Iterable[NamedUnit], number: int) -> tuple[NamedUnit, ...]:
        found: dict[str, NamedUnit] = {}
        for one in before:
            after = _of_today(one, units, sets, on)
            now = after or one
            found[now.unit_id] = now
            if after is None or after.unit_id != one.unit_id:
                known = ended.get(one.unit_id)
                ended[one.unit_id] = ReplacedUnit(
                    unit_id=one.unit_id,
                    name=one.name,
                    successor_id=after.unit_id if after else None,
                    successor_name=after.name if after else None,
                    tasks=tuple(dict.fromkeys((*(known.tasks if known else ()), number))),
                )
        return tuple(found.values())

    moved = []
    for row in rows:
        leads = named(row.leads, row.number)
        leading = {one.unit_id for one in leads}
        coordinators = tuple(one for one in named(row.coordinators, row.number) if one.unit_id not in leading)
        moved.append(
            replace(
                row,
                content=moved_text(row.content, from_year, year),
                leads=leads,
                coordinators=coordinators,
                due_on=moved_date(row.due_on, year - from_year) if row.due_on else None,
            )
        )
    return MovedRows(rows=tuple(moved), replaced=tuple(ended.values()))


def _of_today(named: NamedUnit, units: Mapping[str, Unit], sets: Mapping[str, str], on: date) -> NamedUnit | None:
    if named.is_set:
        return replace(named, name=sets[named.unit_id]) if named.unit_id in sets else None
    unit = successor_on(units, named.unit_id, on)
    return NamedUnit(unit_id=unit.unit_id, name=unit.short_name) if unit else None
