"""Webhooks: which registered steps an event fires, what is sent, and how it is delivered."""
