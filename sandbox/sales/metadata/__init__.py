"""Definitions of tables, columns, choices and keys, as the Web API reads and changes them."""
