"""The business pages, one router an area; addresses in Vietnamese, as people see them."""

from services.portal.pages import dossiers, drafting, inbox, operations, overview, plans, scores, search, tasks, work

# The fixed addresses (/ke-hoach/soan, /ho-so/moi) come before those with a district in their place.
ROUTERS = (
    work.router,
    drafting.router,
    plans.router,
    tasks.router,
    overview.router,
    dossiers.router,
    scores.router,
    inbox.router,
    search.router,
    operations.router,
)

__all__ = ["ROUTERS"]
