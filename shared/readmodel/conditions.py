"""Conditions in the words of SQL, held against rows in memory: what a question asks of a table it may ask of a fold.

Only what our questions use is understood: comparisons with values, `IN`, `IS NULL`, and, or. Anything else
is refused, so that a question never gets a different answer in memory. As in SQL, what is not there
compares with nothing.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators

Holds = Callable[[Any], bool]

_COMPARISONS: dict[Any, Callable[[Any, Any], bool]] = {
    one: one for one in (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)
}


def holds_all(conditions: Sequence[Any]) -> Holds:
    """Return whether a row meets all the conditions. Raises TypeError for what is not understood."""
    each = [_holds(one) for one in conditions]
    return lambda row: all(one(row) for one in each)


def _holds(condition: Any) -> Holds:
    match condition:
        case sa.sql.elements.Grouping():
            return _holds(condition.element)
        case sa.True_():
            return lambda row: True
        case sa.False_():
            return lambda row: False
        case sa.BooleanClauseList():
            each = [_holds(one) for one in condition.clauses]
            if condition.operator is operators.or_:
                return lambda row: any(one(row) for one in each)
            return lambda row: all(one(row) for one in each)
        case sa.BinaryExpression():
            return _compared(condition)
        case _:
            raise TypeError(f"not understood in memory: {condition}")


def _compared(condition: "sa.BinaryExpression[Any]") -> Holds:
    if not isinstance(condition.left, sa.Column):
        raise TypeError(f"not understood in memory: {condition}")
    value_of = operator.attrgetter(condition.left.name)
    wanted = _value(condition.right)
    compare = _COMPARISONS.get(condition.operator)
    if compare is not None:
        return lambda row: (found := value_of(row)) is not None and compare(found, wanted)
    if condition.operator is operators.in_op:
        members = frozenset(wanted)
        return lambda row: value_of(row) in members
    if condition.operator is operators.is_:
        return lambda row: value_of(row) is wanted
    if condition.operator is operators.is_not:
        return lambda row: value_of(row) is not wanted
    raise TypeError(f"not understood in memory: {condition}")


def _value(side: Any) -> Any:
    match side:
        case sa.sql.elements.Grouping():
            return _value(side.element)
        case sa.BindParameter():
            return side.value
        case sa.Null():
            return None
        case sa.True_():
            return True
        case sa.False_():
            return False
        case _:
            raise TypeError(f"not understood in memory: {side}")
