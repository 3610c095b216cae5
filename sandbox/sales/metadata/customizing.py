"""Actions on definitions."""

ACTIONS = {}
