"""A stand-in for Dynamics 365 Commerce headquarters: B2B requests, prospects, customers, OData at /data, events out."""
