"""One module a migration; a released one is never edited."""
