"""Dynamics 365 Sales as the bridge and its sellers see it: Dataverse Web API v9.2, actions, metadata and webhooks, in memory."""
