"""Accounts: who may sign in, what was granted to them and by whom, and where they are signed in.

Owned by the portal; the command line reads and administers it too. Times here are real time, except
the validity of a grant, of a delegation and of a service key, which are business dates. Nothing here
can be rebuilt from the log, so it has migrations and stands in every backup. Passwords are kept as
argon2id hashes (RFC 9106), tokens as SHA-256 only, seeds of one-time codes sealed with a key outside
the database: a copy of the database lets nobody in.
"""

from shared.accounts.accounts import Accounts
from shared.accounts.attempts import FAILURES_MAX, LOCK
from shared.accounts.audit import AuditEntry
from shared.accounts.delegations import DAYS_MAX, Delegation
from shared.accounts.feeds import FEEDS_MAX, CalendarFeed, FeedReader, IssuedFeed
from shared.accounts.grants import PERSONAL_ROLES, HeldGrant
from shared.accounts.identities import Identity, Match
from shared.accounts.keys import KEY_ROLES, IssuedKey, KeyActor, ServiceKey
from shared.accounts.links import FIRST_ADMIN_PATH, LINK_LIFETIME, RESET_PATH, Link, Purpose
from shared.accounts.passwords import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from shared.accounts.sessions import ABSOLUTE, IDLE, PENDING, Session, SessionAccount, Step
from shared.accounts.store import Account
from shared.accounts.totp import Confirmed, Enrolment, TotpState
from shared.accounts.why import Considered, Verdict, Why, explain

__all__ = [
    "ABSOLUTE",
    "DAYS_MAX",
    "FAILURES_MAX",
    "FEEDS_MAX",
    "FIRST_ADMIN_PATH",
    "IDLE",
    "KEY_ROLES",
    "LINK_LIFETIME",
    "LOCK",
    "PASSWORD_LENGTH_MAX",
    "PASSWORD_LENGTH_MIN",
    "PENDING",
    "PERSONAL_ROLES",
    "RESET_PATH",
    "Account",
    "Accounts",
    "AuditEntry",
    "CalendarFeed",
    "Confirmed",
    "Considered",
    "Delegation",
    "Enrolment",
    "FeedReader",
    "HeldGrant",
    "Identity",
    "IssuedFeed",
    "IssuedKey",
    "KeyActor",
    "Link",
    "Match",
    "Purpose",
    "ServiceKey",
    "Session",
    "SessionAccount",
    "Step",
    "TotpState",
    "Verdict",
    "Why",
    "explain",
]
