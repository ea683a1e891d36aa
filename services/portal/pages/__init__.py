"""The business pages, one router an area; addresses in Vietnamese, as people see them."""

from services.portal.pages import (
    accounts,
    calendar,
    contract,
    dossiers,
    drafting,
    files,
    gallery,
    inbox,
    operations,
    overview,
    plans,
    scores,
    search,
    sheets,
    tasks,
    work,
)

# The fixed addresses (/ke-hoach/soan, /ho-so/moi) come before those with a district in their place.
ROUTERS = (
    work.router,
    drafting.router,
    plans.router,
    sheets.router,
    tasks.router,
    files.router,
    calendar.router,
    overview.router,
    dossiers.router,
    scores.router,
    inbox.router,
    search.router,
    *accounts.ROUTERS,
    operations.router,
    contract.router,
    gallery.router,
)

__all__ = ["ROUTERS"]
