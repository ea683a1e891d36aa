"""Registrations as a spreadsheet, out and in: one unit's, or those of many with a column of units (vi: bảng đăng ký).

One sheet a kind. What is there already is recognised by what it is, a person with a title or a name, so a file may
be brought in again and again. What stands in no file stays, unless the user asks for the opposite.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from services.plans.commands import NewRegistrationItem, SaveRegistration
from services.plans.documents.sheets.preview import Line, LineState, Preview, differences, wrong_lines
from services.plans.documents.sheets.unit_names import UnitNames
from services.plans.events import RegistrationKind, TitleSubject, Unit
from services.plans.rules import (
    ITEM_EFFECT_MAX,
    ITEM_NAME_MAX,
    ITEM_WORD_MAX,
    ITEMS_MAX,
    REGISTRATION_CHARACTERS_MAX,
    cleaned_item,
    item_key,
    item_problems,
    item_size,
    titles_of,
    typed_item,
)
from services.plans.views import ItemLine, RegistrationStatus, RegistrationView
from shared.errors import Rejected
from shared.office.workbook import (
    Choice,
    Column,
    Kind,
    Problem,
    ReadSheet,
    Row,
    SheetContent,
    SheetForm,
    Value,
    read_grids,
    read_sheet,
    write_workbook,
)
from shared.text import sort_key

ROWS_MAX = 10_000  # of one sheet with many units
_CLOSED = (RegistrationStatus.SUBMITTED, RegistrationStatus.APPROVED)
_UNIT = "unit_id"
_SUBJECTS = (
    Choice(value=TitleSubject.INDIVIDUAL.value, word="Cá nhân", also=("CN",)),
    Choice(value=TitleSubject.COLLECTIVE.value, word="Tập thể", also=("TT",)),
)
_EFFECT_HINT = "Ghi ngắn gọn, có số liệu nếu được."


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRegistration:
    """A unit's registration before a file is read: how the unit is written, where it stands, what it holds."""

    unit_id: str
    word: str
    status: RegistrationStatus
    items: tuple[ItemLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRegistrations:
    """What the file would change; `items` is all that each changed unit would register afterwards."""

    preview: Preview
    items: Mapping[str, tuple[NewRegistrationItem, ...]]


def known_registrations(
    units: Iterable[Unit],
    names: UnitNames,
    registrations: Iterable[RegistrationView],
    items: Iterable[ItemLine],
    today: date,
) -> dict[str, KnownRegistration]:
    """Return what is known of each unit that exists on the day, by id and in the order of the names."""
    statuses = {row.unit_id: row.status for row in registrations}
    held: dict[str, list[ItemLine]] = {}
    for line in items:
        held.setdefault(line.unit_id, []).append(line)
    return {
        unit.unit_id: KnownRegistration(
            unit_id=unit.unit_id,
            word=names.word(unit.unit_id),
            status=statuses.get(unit.unit_id, RegistrationStatus.MISSING),
            items=tuple(held.get(unit.unit_id, ())),
        )
        for unit in sorted(units, key=lambda unit: sort_key(unit.short_name))
        if unit.is_open(today)
    }


def registration_forms(year: int, units: Sequence[str] = ()) -> dict[RegistrationKind, SheetForm]:
    """Return the form of each kind; `units` are the words of the units where there are many, none for one unit."""
    titles = titles_of(year)
    unit = Column(
        field=_UNIT,
        heading="Đơn vị đăng ký",
        also=("Đơn vị",),
        is_required=True,
        width=28,
        choices=tuple(Choice(value=word, word=word) for word in units),
        hint="Chọn trong danh sách, hoặc ghi tên hay mã đơn vị.",
    )
    columns = {
        RegistrationKind.TITLE: (
            Column(
                field="name",
                heading="Cá nhân, tập thể",
                also=("Họ và tên", "Họ tên", "Tên cá nhân, tập thể"),
                is_required=True,
                width=32,
                length_max=ITEM_NAME_MAX,
                hint="Hai người trùng họ tên thì ghi thêm năm sinh sau tên.",
            ),
            Column(
                field="title",
                heading="Danh hiệu đăng ký",
                also=("Danh hiệu",),
                kind=Kind.CHOICE,
                is_required=True,
                width=34,
                choices=tuple(Choice(value=one.code, word=one.name) for one in titles.values()),
            ),
            Column(
                field="subject",
                heading="Đối tượng",
                kind=Kind.CHOICE,
                width=11,
                choices=_SUBJECTS,
                hint="Có thể để trống khi danh hiệu chỉ dành cho cá nhân hoặc chỉ dành cho tập thể.",
            ),
            Column(field="position", heading="Chức vụ", also=("Chức vụ, đơn vị",), width=24, length_max=ITEM_WORD_MAX),
        ),
        RegistrationKind.INITIATIVE: (
            _named("Tên sáng kiến", "Sáng kiến"),
            Column(
                field="authors",
                heading="Tác giả",
                also=("Tác giả, đồng tác giả",),
                kind=Kind.LIST,
                is_required=True,
                width=32,
                length_max=ITEM_WORD_MAX,
                hint="Nhiều tác giả cách nhau bằng dấu chấm phẩy.",
            ),
            _effect("Hiệu quả dự kiến của sáng kiến", "Hiệu quả dự kiến"),
        ),
        RegistrationKind.MOVEMENT: (
            _named("Tên phong trào", "Phong trào"),
            _effect("Mục tiêu của phong trào", "Mục tiêu"),
            Column(field="starts_on", heading="Từ ngày", kind=Kind.DATE, width=13, hint="Ví dụ 01/03/2020"),
            Column(field="ends_on", heading="Đến ngày", kind=Kind.DATE, width=13, hint="Ví dụ 30/11/2020"),
        ),
        RegistrationKind.MODEL: (
            _named("Tên mô hình", "Mô hình", "Mô hình dân vận khéo"),
            Column(field="field", heading="Lĩnh vực", is_required=True, width=22, length_max=ITEM_WORD_MAX),
            Column(
                field="place", heading="Nơi thực hiện", also=("Địa điểm",), is_required=True, width=26, length_max=200
            ),
            _effect("Hiệu quả dự kiến của mô hình", "Hiệu quả dự kiến"),
        ),
    }
    names = {
        RegistrationKind.TITLE: ("Danh hiệu", "Đăng ký danh hiệu"),
        RegistrationKind.INITIATIVE: ("Sáng kiến", "Đăng ký sáng kiến"),
        RegistrationKind.MOVEMENT: ("Phong trào", "Đăng ký phong trào"),
        RegistrationKind.MODEL: ("Dân vận khéo", "Mô hình dân vận khéo"),
    }
    return {
        kind: SheetForm(
            name=name,
            also=(also,),
            title=f"Đăng ký thi đua năm {year} – {name.lower()}",
            columns=((unit, *columns[kind]) if units else columns[kind]),
            rows_max=ROWS_MAX if units else ITEMS_MAX,
        )
        for kind, (name, also) in names.items()
    }


def write_registrations(year: int, items: Iterable[ItemLine], units: Mapping[str, str] | None = None) -> bytes:
    """Return the workbook; `units` are the words of the units by id where it is one of many units.

    Without items it is the template: headings, drop-downs and hints.
    """
    forms = registration_forms(year, tuple((units or {}).values()))
    rows: dict[RegistrationKind, list[Mapping[str, Value]]] = {kind: [] for kind in forms}
    for line in items:
        if line.name is not None:
            word = {_UNIT: units.get(line.unit_id, line.unit_id)} if units else {}
            rows[line.kind].append({**word, **_values(typed_item(line))})
    return write_workbook([SheetContent(form=form, rows=rows[kind]) for kind, form in forms.items()])


@dataclass(slots=True, kw_only=True)
class _Unit:
    """A unit while a file is read: what it registers by key, and which of that the file speaks of.

    `characters` are those of all items: kept as they change, since a file has thousands of rows.
    """

    known: KnownRegistration
    items: dict[tuple[str, ...], NewRegistrationItem]
    characters: int
    first_rows: dict[tuple[str, ...], int] = field(default_factory=dict)
    is_changed: bool = False

    def size_of(self, key: tuple[str, ...]) -> int:
        """Return the characters of the item; 0 where there is none."""
        item = self.items.get(key)
        return item_size(item) if item else 0

    def put(self, key: tuple[str, ...], item: NewRegistrationItem) -> None:
        """Register the item, in the place of the one of the same key."""
        self.characters += item_size(item) - self.size_of(key)
        self.items[key] = item
        self.is_changed = True

    def drop(self, key: tuple[str, ...]) -> None:
        """Register the item no more."""
        self.characters -= self.size_of(key)
        del self.items[key]
        self.is_changed = True


def read_registrations(
    content: bytes,
    year: int,
    known: Mapping[str, KnownRegistration],
    names: UnitNames | None = None,
    *,
    drops_absent: bool = False,
) -> CheckedRegistrations:
    """Return what the file would change; `names` finds the units where it is a file of many, else `known` is one.

    With `drops_absent` what a unit of the file registers, and the file does not hold, is dropped. Raises Rejected
    `office_file.…`, `workbook.…`.
    """
    forms = registration_forms(year, tuple(one.word for one in known.values()) if names else ())
    grids = read_grids(content, tuple(forms.values()))
    found = {kind: sheet for kind, form in forms.items() if (sheet := read_sheet(grids, form)) is not None}
    if not found:
        raise Rejected("workbook.sheet_missing", sheets=", ".join(f"“{form.name}”" for form in forms.values()))
    units = {unit_id: _begun(one) for unit_id, one in known.items()}
    lines: list[Line] = []
    problems: list[Problem] = []
    for kind, sheet in found.items():
        wrong, about = list(sheet.problems), {}
        for row in sheet.rows:
            result = _check(row, sheet, forms[kind], kind, year, units, names)
            about[row.number] = result.about
            wrong += result.problems
            lines += [result.line] if result.line else []
        for row in sheet.wrong_rows:
            about[row.number] = str(row.values.get("name") or "")
        wrong.sort(key=lambda one: (one.row, one.column))
        problems += wrong
        lines += wrong_lines(sheet, wrong, about)
    absent = _drop_absent(units, found) if drops_absent and not problems else _absent(units, found)
    order = {sheet.name: place for place, sheet in enumerate(found.values())}
    preview = Preview(
        lines=tuple(sorted(lines, key=lambda line: (order[line.sheet], line.row))),
        problems=tuple(problems),
        heads={sheet.name: sheet.head for sheet in found.values()},
        absent=tuple(absent) if drops_absent or names is None else (),
        ignored=tuple(heading for sheet in found.values() for heading in sheet.unknown_headings),
        drops_absent=drops_absent and not problems,
    )
    items = {unit_id: tuple(one.items.values()) for unit_id, one in units.items() if one.is_changed}
    return CheckedRegistrations(preview=preview, items=items)


def savings(
    checked: CheckedRegistrations, district: str, year: int, *, at: datetime
) -> dict[str, list[SaveRegistration]]:
    """Return the commands that make the changes: one for each unit that would register something else."""
    return {
        unit_id: [SaveRegistration(district=district, year=year, unit_id=unit_id, items=items, at=at)]
        for unit_id, items in checked.items.items()
        if items
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """What a row is about and would do, or what is wrong with it."""

    about: str
    line: Line | None = None
    problems: tuple[Problem, ...] = ()


def _begun(known: KnownRegistration) -> _Unit:
    typed = [typed_item(line) for line in known.items if line.name is not None]
    items = {item_key(item): item for item in typed}
    return _Unit(known=known, items=items, characters=sum(map(item_size, items.values())))


def _check(
    row: Row,
    sheet: ReadSheet,
    form: SheetForm,
    kind: RegistrationKind,
    year: int,
    units: Mapping[str, _Unit],
    names: UnitNames | None,
) -> _Result:
    about = str(row.values["name"])
    try:
        unit = _unit_of(row, units, names)
    except Rejected as refusal:
        return _Result(about=about, problems=(sheet.problem(row.number, _UNIT, refusal),))
    about = f"{unit.known.word} · {about}" if names else about
    item, now = _item(row, kind, year, unit)
    key = item_key(item)
    problems = tuple(_problems(row, sheet, item, year, unit, key))
    if problems:
        return _Result(about=about, problems=problems)
    before = unit.items.get(key)
    columns = [column for column in form.columns if column.field != _UNIT]
    changes = differences(columns, _values(now), _values(item)) if now else ()
    state = LineState.NEW if before is None else LineState.CHANGED if before != item else LineState.SAME
    if state is not LineState.SAME:
        unit.put(key, item)
    return _Result(
        about=about,
        line=Line(sheet=sheet.name, row=row.number, about=about, state=state, differences=changes),
    )


def _unit_of(row: Row, units: Mapping[str, _Unit], names: UnitNames | None) -> _Unit:
    if names is None:
        return next(iter(units.values()))
    unit_id = names.find(str(row.values[_UNIT]))
    if unit_id not in units:
        raise Rejected("list.unit_ended", unit=names.word(unit_id))
    return units[unit_id]


def _item(
    row: Row, kind: RegistrationKind, year: int, unit: _Unit
) -> tuple[NewRegistrationItem, NewRegistrationItem | None]:
    """Return the thing as the row has it, and as it is; what the file has no column for stays as it is."""
    given: dict[str, Any] = {name: value for name, value in row.values.items() if name != _UNIT}
    title = titles_of(year).get(str(given.get("title") or ""))
    if kind is RegistrationKind.TITLE and not given.get("subject") and title and len(title.subjects) == 1:
        given["subject"] = title.subjects[0]
    subject = given.get("subject")
    item = cleaned_item(
        NewRegistrationItem(
            kind=kind,
            name=given["name"],
            subject=TitleSubject(subject) if subject else None,
            title=given.get("title") or "",
            position=given.get("position") or "",
            authors=given.get("authors") or (),
            field=given.get("field") or "",
            place=given.get("place") or "",
            effect=given.get("effect") or "",
            starts_on=given.get("starts_on"),
            ends_on=given.get("ends_on"),
        )
    )
    now = unit.items.get(item_key(item))
    if now is not None:
        absent = {name: getattr(now, name) for name in ("position", "starts_on", "ends_on") if name not in row.values}
        item = replace(item, **absent)
    return item, now


def _problems(
    row: Row, sheet: ReadSheet, item: NewRegistrationItem, year: int, unit: _Unit, key: tuple[str, ...]
) -> Iterator[Problem]:
    if unit.known.status in _CLOSED:
        refusal = Rejected("registration.wrong_status", status=unit.known.status.value)
        yield sheet.problem(row.number, _UNIT, refusal)
        return
    first_row = unit.first_rows.setdefault(key, row.number)
    if first_row != row.number:
        again = Rejected("list.row_repeated", key=item.name, first_row=first_row)
        yield sheet.problem(row.number, "name", again)
        return
    for name, refusal in item_problems(item, year):
        yield sheet.problem(row.number, name, refusal)
    if len(unit.items) - (key in unit.items) >= ITEMS_MAX:
        yield sheet.problem(row.number, _UNIT, Rejected("registration.too_many_items", limit=ITEMS_MAX))
    elif unit.characters - unit.size_of(key) + item_size(item) > REGISTRATION_CHARACTERS_MAX:
        limit = REGISTRATION_CHARACTERS_MAX
        yield sheet.problem(row.number, _UNIT, Rejected("registration.too_large", limit=limit))


def _absent(units: Mapping[str, _Unit], found: Mapping[RegistrationKind, ReadSheet]) -> list[str]:
    """Return what the units of the file register, and the file does not hold, of the kinds that it has a sheet for."""
    return [unit.items[key].name for unit in units.values() for key in _absent_keys(unit, found)]


def _absent_keys(unit: _Unit, found: Mapping[RegistrationKind, ReadSheet]) -> list[tuple[str, ...]]:
    if not unit.first_rows:
        return []
    return [key for key, item in unit.items.items() if item.kind in found and key not in unit.first_rows]


def _drop_absent(units: Mapping[str, _Unit], found: Mapping[RegistrationKind, ReadSheet]) -> list[str]:
    names = _absent(units, found)
    for unit in units.values():
        for key in _absent_keys(unit, found):
            unit.drop(key)
    return names


def _values(item: NewRegistrationItem) -> dict[str, Value]:
    """Return the item as the values of a row."""
    return {
        "name": item.name,
        "title": item.title or None,
        "subject": item.subject.value if item.subject else None,
        "position": item.position or None,
        "authors": item.authors or None,
        "field": item.field or None,
        "place": item.place or None,
        "effect": item.effect or None,
        "starts_on": item.starts_on,
        "ends_on": item.ends_on,
    }


def _named(heading: str, *also: str) -> Column:
    return Column(field="name", heading=heading, also=also, is_required=True, width=44, length_max=ITEM_NAME_MAX)


def _effect(heading: str, *also: str) -> Column:
    return Column(
        field="effect",
        heading=heading,
        also=also,
        is_required=True,
        width=48,
        length_max=ITEM_EFFECT_MAX,
        hint=_EFFECT_HINT,
    )
