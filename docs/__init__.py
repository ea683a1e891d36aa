"""The documents, and what writes and checks those of them that follow from the code."""
