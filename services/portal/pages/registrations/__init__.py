"""Đăng ký thi đua: what units register for a year, the round it happens in, and how home affairs judges it."""

from services.portal.pages.registrations import board, editing, sheets, unit

# The fixed addresses (/noi-dung, /xuat-excel) come before those with a unit in their place.
ROUTERS = (board.router, sheets.router, editing.router, unit.router)

__all__ = ["ROUTERS"]
