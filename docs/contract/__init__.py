"""The contract with other systems: what may be sent to the services, what they answer and what they make known.

`asyncapi` writes the document, `compatibility` says what a change of a schema would break.
"""
