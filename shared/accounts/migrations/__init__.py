"""The migrations of the account store, run by alembic when the store is opened."""
