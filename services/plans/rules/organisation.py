"""How large an organisation and a change of it may be."""

# A district has some fifty units; a list of all its units must fit into one answer.
UNITS_MAX = 1500
# Events of one decision, as many as the log stores together (shared.eventstore.BATCH_MAX).
CHANGES_MAX = 1000
