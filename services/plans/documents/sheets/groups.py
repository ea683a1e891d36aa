"""The list of clusters and blocks: one row a member; a group's rows together say who belongs to it in the year."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.plans.commands import NewGroup
from services.plans.documents.sheets.known import Known
from services.plans.documents.sheets.organisation_forms import DEPUTY, HEAD, MEMBER, ROLE_WORDS
from services.plans.documents.sheets.preview import Difference, Line, LineState, as_read
from services.plans.documents.sheets.unit_names import UnitNames
from services.plans.events import Group, GroupKind
from services.plans.rules import is_token
from shared.errors import Rejected
from shared.office.workbook import Problem, ReadSheet, Row, SheetForm, Value, words_of

_Key = tuple[str, str, int]  # district, group id, year


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedGroups:
    """The lines of the good rows, the problems of the others, and the groups to change by district."""

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    groups: Mapping[str, tuple[NewGroup, ...]]
    about: Mapping[int, str]


def group_rows(group: Group, names: UnitNames) -> Iterator[Mapping[str, Value]]:
    """Yield the group as its rows are written, one a member."""
    roles = {group.head_id: HEAD, group.deputy_id: DEPUTY}
    for unit_id in group.members:
        yield {
            "district": group.district,
            "group_id": group.group_id,
            "year": group.year,
            "name": group.name,
            "kind": group.kind.value,
            "unit": names.word(unit_id),
            "role": roles.get(unit_id, MEMBER),
        }


def check_groups(
    sheet: ReadSheet, form: SheetForm, known: Mapping[str, Known], names: Mapping[str, UnitNames]
) -> CheckedGroups:
    """Return what the sheet would change; `names` are those of the units as they will be.

    A group with one wrong row is wrong as a whole: half a list of members would drop the others.
    """
    only = next(iter(known)) if len(known) == 1 else ""
    rows: dict[_Key, list[Row]] = defaultdict(list)
    for row in sheet.rows:
        rows[_key(row, only)].append(row)
    problems: list[Problem] = []
    wanted: dict[_Key, NewGroup] = {}
    units: dict[int, str] = {}
    for key, some in rows.items():
        found, wanted[key] = _group_of(key, some, sheet, form, known[key[0]], names[key[0]], units)
        problems += found
    problems += _shared(wanted, rows, sheet, known, units)
    wrong_rows = {problem.row for problem in problems}
    broken = {_key_or_none(row, only) for row in sheet.wrong_rows}
    about = {row.number: f"{row.values['name']} · {row.values['unit']}" for row in sheet.rows}
    lines: list[Line] = []
    groups: dict[str, list[NewGroup]] = {district: [] for district in known}
    for key, some in rows.items():
        # A row whose group cannot be read could belong to any of them.
        if key in broken or None in broken or any(row.number in wrong_rows for row in some):
            refusal = Rejected("list.group_incomplete", group=key[1])
            problems += (sheet.problem(row.number, "", refusal) for row in some if row.number not in wrong_rows)
            continue
        before = known[key[0]].groups.get((key[1], key[2]))
        found_lines = [
            Line(
                sheet=sheet.name,
                row=row.number,
                about=about[row.number],
                state=_state(units[row.number], before, changes),
                differences=changes,
            )
            for row, changes in _differences(form, some, wanted[key], before, names[key[0]], units)
        ]
        lines += found_lines
        if any(line.state is not LineState.SAME for line in found_lines):
            groups[key[0]].append(wanted[key])
    return CheckedGroups(
        lines=tuple(lines),
        problems=tuple(problems),
        groups={district: tuple(some) for district, some in groups.items()},
        about=about,
    )


def _key(row: Row, only: str) -> _Key:
    year = row.values["year"]
    assert isinstance(year, int)
    return str(row.values.get("district") or only), str(row.values["group_id"]), year


def _key_or_none(row: Row, only: str) -> _Key | None:
    is_known = {"group_id", "year"} <= row.values.keys() and (only or "district" in row.values)
    return _key(row, only) if is_known else None


def _group_of(
    key: _Key,
    rows: Sequence[Row],
    sheet: ReadSheet,
    form: SheetForm,
    known: Known,
    names: UnitNames,
    units: dict[int, str],
) -> tuple[list[Problem], NewGroup]:
    """Return the group that the rows make, and what is wrong with them; puts the unit of each row into `units`."""
    _, group_id, year = key
    before = known.groups.get((group_id, year))
    first = rows[0]
    problems: list[Problem] = []

    def wrong(row: Row, field: str, code_and_detail: Rejected) -> None:
        problems.append(sheet.problem(row.number, field, code_and_detail))

    if not is_token(group_id):
        wrong(first, "group_id", Rejected("group.id_malformed", group_id=group_id))
    members: dict[str, int] = {}
    leaders: dict[str, str] = {}
    for row in rows:
        if (row.values["name"], row.values["kind"]) != (first.values["name"], first.values["kind"]):
            wrong(row, "name", Rejected("list.group_differs", group=group_id))
        try:
            unit_id = units[row.number] = names.find(str(row.values["unit"]))
        except Rejected as refusal:
            wrong(row, "unit", refusal)
            continue
        if members.setdefault(unit_id, row.number) != row.number:
            again = Rejected("list.row_repeated", key=str(row.values["unit"]), first_row=members[unit_id])
            wrong(row, "unit", again)
        role = row.values.get("role")
        if role in (HEAD, DEPUTY) and leaders.setdefault(str(role), unit_id) != unit_id:
            wrong(row, "role", Rejected("list.role_repeated", group=group_id, role=ROLE_WORDS[str(role)]))
    if "role" not in sheet.columns and before is not None:
        leaders = {
            role: unit_id
            for role, unit_id in ((HEAD, before.head_id), (DEPUTY, before.deputy_id))
            if unit_id in members
        }
    if HEAD not in leaders and before is not None and before.head_id is not None:
        wrong(first, "role", Rejected("list.head_missing", group=group_id))
    elif HEAD not in leaders and DEPUTY in leaders:
        wrong(first, "role", Rejected("list.head_without_deputy", group=group_id))
    stay = [unit_id for unit_id in (before.members if before else ()) if unit_id in members]
    name = str(first.values["name"])
    return problems, NewGroup(
        group_id=group_id,
        year=year,
        name=before.name if before and name == as_read(form.column("name"), before.name) else name,
        kind=GroupKind(str(first.values["kind"])),
        members=tuple(dict.fromkeys((*stay, *members))),
        head_id=leaders.get(HEAD),
        deputy_id=leaders.get(DEPUTY),
    )


def _shared(
    wanted: Mapping[_Key, NewGroup],
    rows: Mapping[_Key, Sequence[Row]],
    sheet: ReadSheet,
    known: Mapping[str, Known],
    units: Mapping[int, str],
) -> Iterator[Problem]:
    """Yield a problem for each unit that would be in two groups of a year."""
    groups_of: dict[tuple[str, int, str], list[str]] = defaultdict(list)
    after: dict[_Key, Group | NewGroup] = {
        (district, *key): group
        for district, one in known.items()
        for key, group in one.groups.items()
        if (district, *key) not in wanted
    }
    for (district, group_id, year), group in {**after, **wanted}.items():
        for unit_id in group.members:
            groups_of[district, year, unit_id].append(group_id)
    for (district, group_id, year), some in rows.items():
        for row in some:
            unit_id = units.get(row.number, "")
            others = [one for one in groups_of[district, year, unit_id] if one != group_id]
            if others:
                refusal = Rejected("group.unit_in_two", unit_id=unit_id, group_id=others[0], year=str(year))
                yield sheet.problem(row.number, "unit", refusal)


def _differences(
    form: SheetForm,
    rows: Sequence[Row],
    wanted: NewGroup,
    before: Group | None,
    names: UnitNames,
    units: Mapping[int, str],
) -> Iterator[tuple[Row, tuple[Difference, ...]]]:
    """Yield what each row changes; what concerns the group as a whole stands at its first row."""
    for row in rows:
        found: list[Difference] = []
        if before is not None:
            gone = [names.word(unit_id) for unit_id in before.members if unit_id not in wanted.members]
            pairs: list[tuple[str, Value, Value]] = [
                ("role", _role(before, units[row.number]), _role(wanted, units[row.number]))
            ]
            if row is rows[0]:
                pairs += [
                    ("name", before.name, wanted.name),
                    ("kind", before.kind.value, wanted.kind.value),
                    ("unit", "; ".join(gone), ""),
                ]
            found = [
                Difference(
                    heading=form.column(field).heading,
                    before=words_of(form.column(field), old),
                    after=words_of(form.column(field), new),
                )
                for field, old, new in pairs
                if old != new
            ]
        yield row, tuple(found)


def _role(group: Group | NewGroup, unit_id: str) -> str:
    return {group.deputy_id: DEPUTY, group.head_id: HEAD}.get(unit_id, MEMBER)


def _state(unit_id: str, before: Group | None, changes: tuple[Difference, ...]) -> LineState:
    if before is None or unit_id not in before.members:
        return LineState.NEW
    return LineState.CHANGED if changes else LineState.SAME
