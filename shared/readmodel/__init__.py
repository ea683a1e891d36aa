"""Read models: pure folds, rows and checkpoint in one transaction, rebuilt from the log at will."""

from shared.readmodel.database import Database, ParkedRow, Superseded
from shared.readmodel.memory import MemoryRows
from shared.readmodel.past import Past
from shared.readmodel.projector import Projector
from shared.readmodel.rebuild import RebuildReport, rebuild
from shared.readmodel.rows import RowReader, Rows
from shared.readmodel.tables import Derived, Key, ReadModel, Rollup, Table

__all__ = [
    "Database",
    "Derived",
    "Key",
    "MemoryRows",
    "ParkedRow",
    "Past",
    "Projector",
    "ReadModel",
    "RebuildReport",
    "Rollup",
    "RowReader",
    "Rows",
    "Superseded",
    "Table",
    "rebuild",
]
