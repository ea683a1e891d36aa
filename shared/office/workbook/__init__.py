"""Spreadsheets (vi: bảng tính): read into typed rows, written for people, marked where something is wrong."""

from shared.office.workbook.columns import Choice, Column, Kind, SheetForm, Value, heading_key
from shared.office.workbook.marking import Mark, mark_workbook
from shared.office.workbook.reading import Problem, ReadSheet, Row, read_grids, read_sheet
from shared.office.workbook.values import value_of, words_of
from shared.office.workbook.writing import SheetContent, Summary, write_workbook

__all__ = [
    "Choice",
    "Column",
    "Kind",
    "Mark",
    "Problem",
    "ReadSheet",
    "Row",
    "SheetContent",
    "SheetForm",
    "Summary",
    "Value",
    "heading_key",
    "mark_workbook",
    "read_grids",
    "read_sheet",
    "value_of",
    "words_of",
    "write_workbook",
]
