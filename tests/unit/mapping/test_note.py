"""The lead's first note: where the request came from, and what a seller should know."""

from pathlib import Path

import pytest

from shared.field_map import LocalFile, load
from shared.mapping import Mapped, Remark, lead_values, note_text, resolve
from shared.models import Prospect
from tests.unit.mapping.examples import FIELD_MAP, prospect

URL = "https://contoso.operations.dynamics.com/"


def note(given: Prospect, findings: tuple[str, ...] = (), url: str = URL) -> str:
    return note_text(given, resolve(lead_values(given, {}, FIELD_MAP, {}), {}), FIELD_MAP, url, findings)


def test_it_says_where_the_request_came_from_and_by_which_map() -> None:
    text = note(prospect())
    for part in ("B2B sign-up request", "Legal entity: usmf", "Prospect: P-000123", "Channel: 000007777", "Field map 2026.11"):
        assert part in text
    assert '<a href="https://contoso.operations.dynamics.com/?cmp=usmf">' in text


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "contoso.com"])
def test_without_a_usable_address_of_head_office_there_is_no_link(url: str) -> None:
    assert "href" not in note(prospect(), url=url)


def test_findings_stand_in_the_note_in_their_own_words() -> None:
    assert "<li>Another customer has this e-mail.</li>" in note(prospect(), ("Another customer has this e-mail.",))


def test_nothing_is_said_of_findings_and_losses_where_there_are_none() -> None:
    text = note_text(prospect(), Mapped(), FIELD_MAP, URL, ())
    assert "Before this partner" not in text
    assert "Not carried over as" not in text


def test_what_was_shortened_stands_there_in_full() -> None:
    full = "Contoso & Sons " * 10
    text = note(prospect(CompanyName=full))
    assert f"Company name: shortened (149 characters, 100 at most): {full.strip().replace('&', '&amp;')}" in text


def test_what_was_left_empty_stands_there() -> None:
    text = note(prospect(PrimaryURL="https://contoso.com/" + "a" * 200))
    assert "Website: left empty (220 characters, 200 at most): https://contoso.com/aaa" in text


def test_a_lookup_without_a_match_is_named_with_its_value() -> None:
    assert "Currency: left empty, not found in Sales" in note(prospect(CurrencyCode="XTS"))
    assert ": XTS</li>" in note(prospect(CurrencyCode="XTS"))


def test_a_split_name_and_a_default_are_named() -> None:
    assert "Last name: first and last name were told apart" in note(prospect("Organization"))
    assert "Last name: a default was written" in note(prospect("Organization", ProspectName=""))


def test_nothing_that_an_applicant_typed_is_markup_in_the_note() -> None:
    text = note(prospect(CompanyName="<script>alert('x')</script>" * 5, CurrencyCode="<b>"), ("<i>finding</i>",))
    assert not [tag for tag in ("<script", "<b>", "<i>") if tag in text]
    assert "&lt;script&gt;" in text


def test_a_remark_of_a_target_that_the_map_does_not_know_is_shown_as_it_is() -> None:
    mapped = Mapped(remarks=(Remark("new_column", "left-empty", "why"),))
    assert "new_column: left empty (why)" in note_text(prospect(), mapped, FIELD_MAP, URL, ())


@pytest.mark.parametrize("typed", ["x", "'", "\U0001f600"])
def test_the_note_fits_its_column_however_much_was_typed(typed: str) -> None:
    everywhere = ("CompanyName", "Note", "AddressStreet", "AddressCity", "PrimaryURL")
    text = note(prospect(**dict.fromkeys(everywhere, typed * 60_000)))
    assert len(text.encode("utf-16-le")) // 2 <= 100_000
    assert "Description: shortened" in text


def test_the_companys_own_rows_show_in_the_version() -> None:
    sample = Path(__file__).parents[3] / "mapping.local.sample.json"
    own = LocalFile.model_validate_json(sample.read_text("utf-8").replace("{prefix}", "b2b"))
    assert f"Field map 2026.11+{own.version}." in note_text(prospect(), Mapped(), load(sample), URL, ())
