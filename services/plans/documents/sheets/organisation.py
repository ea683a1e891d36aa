"""The units and groups of one or more districts as a spreadsheet, out and in (vi: danh sách đơn vị, cụm, khối)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.plans.commands import ListedUnit, NewGroup, ReviseOrganisation
from services.plans.documents.sheets.groups import CheckedGroups, check_groups, group_rows
from services.plans.documents.sheets.known import known_of
from services.plans.documents.sheets.organisation_forms import group_form, unit_form
from services.plans.documents.sheets.preview import Preview, wrong_lines
from services.plans.documents.sheets.units import CheckedUnits, check_units, unit_row
from services.plans.rules import CHANGES_MAX
from services.plans.views import OrganisationDetail, OrganisationView
from shared.codec import to_json
from shared.errors import Rejected
from shared.office.workbook import ReadSheet, SheetContent, Value, read_grids, read_sheet, write_workbook

YEARS_MAX = 10  # of groups, in one file
# One decision takes so many units, and so many bytes of them; each makes so many events at most.
UNITS_A_COMMAND = 300
EVENTS_A_UNIT = 3
EVENTS_A_GROUP = 2
BYTES_A_COMMAND = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOrganisations:
    """The two sheets of a file, either of which may be missing; `districts` and `years` are those it speaks of."""

    organisations: tuple[OrganisationView, ...]
    units: ReadSheet | None
    groups: ReadSheet | None
    districts: tuple[str, ...]
    years: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedOrganisations:
    """What the file would change: for each district the units and groups that would be new or other."""

    preview: Preview
    units: Mapping[str, tuple[ListedUnit, ...]]
    groups: Mapping[str, tuple[NewGroup, ...]]


def write_organisations(details: Sequence[OrganisationDetail]) -> bytes:
    """Return the workbook of the districts' units, and of their groups in the years of the details."""
    known = known_of(details)
    organisations = [one.organisation for one in known.values()]
    units: list[Mapping[str, Value]] = []
    groups: list[Mapping[str, Value]] = []
    for one in known.values():
        for unit in one.units.values():
            successor = one.names.word(unit.successor_id) if unit.successor_id else None
            units.append({**unit_row(unit), "successor_id": successor})
        for group in one.groups.values():
            groups += group_rows(group, one.names)
    return write_workbook(
        [
            SheetContent(form=unit_form(organisations), rows=units),
            SheetContent(form=group_form(organisations), rows=groups),
        ]
    )


def read_organisations(content: bytes, organisations: Sequence[OrganisationView]) -> ReadOrganisations:
    """Return what the file says of the districts.

    Raises Rejected `office_file.…`, `workbook.…`, `list.too_many_years`.
    """
    forms = (unit_form(organisations), group_form(organisations))
    grids = read_grids(content, forms)
    units, groups = (read_sheet(grids, form) for form in forms)
    if units is None and groups is None:
        raise Rejected("workbook.sheet_missing", sheets=" hoặc ".join(f"“{form.name}”" for form in forms))
    years = {row.values["year"] for row in groups.rows} if groups else set()
    if len(years) > YEARS_MAX:
        raise Rejected("list.too_many_years", limit=YEARS_MAX)
    rows = [row for sheet in (units, groups) if sheet for row in sheet.rows]
    named = {row.values.get("district") for row in rows}
    return ReadOrganisations(
        organisations=tuple(organisations),
        units=units,
        groups=groups,
        districts=tuple(one.district for one in organisations if len(organisations) == 1 or one.district in named),
        years=tuple(sorted(year for year in years if isinstance(year, int))),
    )


def check_organisations(
    read: ReadOrganisations, details: Sequence[OrganisationDetail], today: date
) -> CheckedOrganisations:
    """Return what the file would change; `details` are the districts it speaks of, in each of its years."""
    known = known_of(details)
    names = {district: one.names for district, one in known.items()}
    checked: list[tuple[ReadSheet, CheckedUnits | CheckedGroups]] = []
    units: Mapping[str, tuple[ListedUnit, ...]] = {}
    groups: Mapping[str, tuple[NewGroup, ...]] = {}
    if read.units is not None:
        of_units = check_units(read.units, unit_form(read.organisations), known, today)
        checked.append((read.units, of_units))
        names, units = dict(of_units.names), of_units.units
    if read.groups is not None:
        of_groups = check_groups(read.groups, group_form(read.organisations), known, names)
        checked.append((read.groups, of_groups))
        groups = of_groups.groups
    lines = []
    problems = []
    for sheet, found in checked:
        wrong = sorted((*sheet.problems, *found.problems), key=lambda one: (one.row, one.column))
        problems += wrong
        lines += sorted((*found.lines, *wrong_lines(sheet, wrong, found.about)), key=lambda line: line.row)
    preview = Preview(
        lines=tuple(lines),
        problems=tuple(problems),
        heads={sheet.name: sheet.head for sheet, _ in checked},
        ignored=tuple(heading for sheet, _ in checked for heading in sheet.unknown_headings),
    )
    return CheckedOrganisations(preview=preview, units=units, groups=groups)


def revisions(checked: CheckedOrganisations, *, at: datetime) -> dict[str, list[ReviseOrganisation]]:
    """Return the commands that make the changes, by district and in order; a small change is one decision.

    Units that end come after the others, which they may name as successors, and groups come last: in the
    command of the last units where that does not grow too large.
    """
    found: dict[str, list[ReviseOrganisation]] = {}
    for district, units in checked.units.items():
        ordered = sorted(units, key=lambda unit: unit.valid_to is not None)
        found[district] = [ReviseOrganisation(district=district, units=some, at=at) for some in _in_parts(ordered)]
    for district, groups in checked.groups.items():
        commands = found.setdefault(district, [])
        if not groups:
            continue
        together = replace(commands[-1], groups=groups) if commands else None
        if together is not None and _is_decided_at_once(together):
            commands[-1] = together
        else:
            commands.append(ReviseOrganisation(district=district, groups=groups, at=at))
    return {district: commands for district, commands in found.items() if commands}


def _is_decided_at_once(command: ReviseOrganisation) -> bool:
    events = EVENTS_A_UNIT * len(command.units) + EVENTS_A_GROUP * len(command.groups)
    return events <= CHANGES_MAX and len(to_json(command)) <= BYTES_A_COMMAND


def _in_parts(units: Sequence[ListedUnit]) -> Iterator[tuple[ListedUnit, ...]]:
    part: list[ListedUnit] = []
    bytes_ = 0
    for unit in units:
        size = len(to_json(unit))
        if part and (len(part) == UNITS_A_COMMAND or bytes_ + size > BYTES_A_COMMAND):
            yield tuple(part)
            part, bytes_ = [], 0
        part.append(unit)
        bytes_ += size
    if part:
        yield tuple(part)
