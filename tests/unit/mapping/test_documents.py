"""What is generated from the field map is the field map's (python -m tests.unit.mapping.documents makes it again)."""

from tests.unit.mapping import documents


def test_the_schema_is_the_models() -> None:
    assert documents.SCHEMA.read_text("utf-8") == documents.schema()


def test_the_page_shows_the_map_in_force() -> None:
    assert documents.PAGE.read_text("utf-8") == documents.page()
