"""Files that events of plans name: of reports on tasks, reviews, results, findings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A file that an event of the district names; whoever reads the district may read it."""

    sha256: str
    district: str
    name: str
    size: int
    media_type: str
