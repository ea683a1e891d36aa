"""The pages about accounts: delegation, people and their roles, why somebody may do something, service keys."""

from services.portal.pages.accounts import changes, delegations, keys, people, rights

# What is done to an account comes before the account itself: /to-chuc/nguoi-dung/moi is nobody's id.
ROUTERS = (delegations.router, changes.router, people.router, rights.router, keys.router)

__all__ = ["ROUTERS"]
