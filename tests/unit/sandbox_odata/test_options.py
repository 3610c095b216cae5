"""Query options, paths and ETags."""

from __future__ import annotations

import pytest

from sandbox.odata import etags
from sandbox.odata.errors import ODataError
from sandbox.odata.filters import value_at
from sandbox.odata.keys import KEY_ITSELF, Segment, quote, split_path
from sandbox.odata.options import Expand, QueryOptions, ordered, paged, parse_options


def test_all_options_are_parsed_with_nested_expand() -> None:
    options = parse_options(
        [
            ("$select", "leadid, subject"),
            ("$expand", "parentaccountid($select=name),opportunities($select=a,b;$orderby=createdon desc;$filter=c eq 'x;y')"),
            ("$orderby", "subject,parentaccountid/name desc"),
            ("$top", "2"),
            ("$count", "true"),
            ("cross-company", "true"),
        ]
    )
    inner = QueryOptions(select=("a", "b"), orderby=((("createdon",), True),), filter="c eq 'x;y'")
    assert options == QueryOptions(
        select=("leadid", "subject"),
        expand=(Expand("parentaccountid", QueryOptions(select=("name",))), Expand("opportunities", inner)),
        orderby=((("subject",), False), (("parentaccountid", "name"), True)),
        top=2,
        count=True,
        custom={"cross-company": "true"},
    )


@pytest.mark.parametrize(
    "pair", [("$nope", "1"), ("$top", "-1"), ("$count", "yes"), ("$orderby", "a up"), ("$expand", "a($select=b")]
)
def test_malformed_options_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(ODataError):
        parse_options([pair])


def test_rows_are_ordered_and_paged() -> None:
    rows = [{"n": "b", "v": 1}, {"n": "A", "v": 2}, {"n": None, "v": 3}, {"n": "b", "v": 4}]
    options = parse_options([("$orderby", "n desc,v desc"), ("$skip", "1"), ("$top", "2")])
    assert [row["v"] for row in ordered(rows, options, value_at)] == [4, 1, 2, 3]
    assert [row["v"] for row in paged(ordered(rows, options, value_at), options)] == [1, 2]


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        ("WhoAmI()", [Segment("WhoAmI", {})]),
        ("leads(6d81597f-0f9f-e711-8122-000d3aa2331c)", [Segment("leads", {KEY_ITSELF: "6d81597f-0f9f-e711-8122-000d3aa2331c"})]),
        ("leads(k='it''s (a/b)')/name/$value", [Segment("leads", {"k": "it's (a/b)"}), Segment("name"), Segment("$value")]),
        ("Prospects(dataAreaId='usmf',ProspectId='P-1')", [Segment("Prospects", {"dataAreaId": "usmf", "ProspectId": "P-1"})]),
        ("x(a=1,b=true,c=1.5,d=null)", [Segment("x", {"a": 1, "b": True, "c": 1.5, "d": None})]),
        ("leads(1)/Ns.QualifyLead", [Segment("leads", {KEY_ITSELF: 1}), Segment("Ns.QualifyLead")]),
    ],
)
def test_a_path_is_split_into_segments(path: str, segments: list[Segment]) -> None:
    assert split_path(path) == segments


def test_a_path_that_is_not_well_formed_is_refused() -> None:
    with pytest.raises(ODataError):
        split_path("leads(a='b'")


def test_quoting_doubles_quotes() -> None:
    assert quote("it's") == "'it''s'"


@pytest.mark.parametrize(
    ("condition", "holds"), [(None, True), ("*", True), ('W/"7"', True), ('W/"6", W/"7"', True), ('W/"6"', False)]
)
def test_if_match_holds_for_the_current_version_only(condition: str | None, holds: bool) -> None:
    assert etags.matches(condition, etags.etag(7)) is holds
