"""A file of criteria as commands: the sheets that a district, or the city, scores by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from services.scoring.commands import PublishCriteria
from services.scoring.events import Section
from shared.errors import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaSheet:
    """One sheet of the file, published by each of the districts for its groups of these ids."""

    set_id: str
    title: str
    districts: tuple[str, ...]
    groups: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaFile:
    """The sheets of one year, and what of them is assumed."""

    year: int
    assumption: str
    sheets: tuple[CriteriaSheet, ...]


_FILE: TypeAdapter[CriteriaFile] = TypeAdapter(CriteriaFile)


def read_criteria(data: Mapping[str, object]) -> CriteriaFile:
    """Return the file of the mapping. Raises Rejected `criteria.file_malformed`."""
    try:
        return _FILE.validate_python(data, extra="forbid")
    except ValidationError as error:
        where = sorted({".".join(str(step) for step in one["loc"]) for one in error.errors()})
        raise Rejected("criteria.file_malformed", fields=", ".join(where)[:400]) from error


def criteria_commands(data: Mapping[str, object], *, at: datetime) -> tuple[PublishCriteria, ...]:
    """Return one command for each sheet and district of the file. Raises Rejected `criteria.file_malformed`."""
    file = read_criteria(data)
    return tuple(
        PublishCriteria(
            district=district,
            year=file.year,
            set_id=sheet.set_id,
            title=sheet.title,
            group_ids=sheet.groups,
            sections=sheet.sections,
            at=at,
        )
        for sheet in file.sheets
        for district in sheet.districts
    )
