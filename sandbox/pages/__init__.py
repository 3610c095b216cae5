"""What the pages of both systems share: templates, one stylesheet, forms, switches. No business rule lives in a page."""
