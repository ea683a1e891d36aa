"""What a row of a read model says, for tests that count."""

from typing import Any


def as_values(row: Any) -> dict[str, Any]:
    """Return the row's fields by name, without copying what they hold."""
    return {name: getattr(row, name) for name in type(row).__dataclass_fields__}
