"""The organisation over time: the chart of a day, the life of a unit, and what changes them."""

from services.portal.pages.organisation import changes, chart

# The chart comes last: the life of a unit stands where the forms have their fixed addresses.
ROUTERS = (changes.router, chart.router)

__all__ = ["ROUTERS"]
