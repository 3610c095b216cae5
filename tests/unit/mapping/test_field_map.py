"""The map in force: built-in rows, a company's own rows, and what is said of rows that are wrong."""

import json
from pathlib import Path

import jsonschema
import pytest

from shared.errors import MappingInvalid
from shared.field_map import BUILT_IN, FieldMap, MapName, Profile, load
from shared.mapping import lead_values
from tests.unit.mapping.examples import prospect

ROOT = Path(__file__).parents[3]
VAT = {"map": "prospect-to-lead", "source": "OrganizationNumber", "target": "new_vat", "max_length": 20}


def local(folder: Path, *rows: object, **more: object) -> Path:
    path = folder / "mapping.local.json"
    path.write_text(json.dumps({"rows": list(rows), **more}), "utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(MappingInvalid) as raised:
        load(path)
    return raised.value.problems


def test_a_row_of_ones_own_is_added(tmp_path: Path) -> None:
    field_map = load(local(tmp_path, VAT))
    assert lead_values(prospect(OrganizationNumber="DE1"), {}, field_map, {}).values["new_vat"] == "DE1"


def test_a_row_of_ones_own_stands_in_for_the_built_in_one_in_its_place(tmp_path: Path) -> None:
    own = {"map": "prospect-to-lead", "source": "ProspectKnownAsName", "target": "companyname", "max_length": 10}
    field_map = load(local(tmp_path, own))
    targets = [row.target for row in field_map.rows(MapName.PROSPECT_TO_LEAD)]
    assert targets == [row.target for row in load().rows(MapName.PROSPECT_TO_LEAD)]
    values = lead_values(prospect(ProspectKnownAsName="Contoso by another name"), {}, field_map, {}).values
    assert values["companyname"] == "Contoso b…"


def test_a_row_overrides_only_in_its_own_map(tmp_path: Path) -> None:
    own = {"map": "prospect-to-person", "target": "LanguageId", "default": "de"}
    field_map, built_in = load(local(tmp_path, own)), load()
    assert field_map.rows(MapName.PROSPECT_TO_ORGANIZATION) == built_in.rows(MapName.PROSPECT_TO_ORGANIZATION)
    assert field_map.rows(MapName.PROSPECT_TO_PERSON) != built_in.rows(MapName.PROSPECT_TO_PERSON)


def test_a_built_in_row_can_be_left_out(tmp_path: Path) -> None:
    field_map = load(local(tmp_path, {"map": "prospect-to-lead", "target": "fax", "off": True}))
    assert "fax" not in lead_values(prospect(), {}, field_map, {}).values


def test_a_row_for_the_other_profile_changes_nothing_here(tmp_path: Path) -> None:
    path = local(tmp_path, {**VAT, "profile": "dual-write"}, {"map": "prospect-to-lead", "target": "fax", "default": "-"})
    assert "new_vat" not in [row.target for row in load(path).rows(MapName.PROSPECT_TO_LEAD)]
    assert "new_vat" in [row.target for row in load(path, profile=Profile.DUAL_WRITE).rows(MapName.PROSPECT_TO_LEAD)]


@pytest.mark.parametrize(
    ("row", "fields", "written"),
    [
        ({"source": "A", "transform": "date"}, {"A": "2026-03-01T12:00:00Z"}, "2026-03-01"),
        ({"source": "A", "transform": "date"}, {"A": "yesterday"}, None),
        ({"source": "A", "transform": "number"}, {"A": "12.5"}, 12.5),
        ({"source": "A", "transform": "number", "minimum": 20}, {"A": "12.5"}, None),
        ({"source": "A", "value_map": {"Gold": 1, "silver": 2}}, {"A": "GOLD"}, 1),
        ({"source": "A", "value_map": {"Gold": 1, "silver": 2}, "default": 3}, {"A": "Bronze"}, 3),
        ({"source": ["A", "B"]}, {"A": " ", "B": "b"}, "b"),
        ({"source": "A", "default": "of {ProspectId}"}, {}, "of P-000123"),
        ({"source": "A", "when": {"B": "yes"}}, {"A": "a", "B": "Yes"}, "a"),
        ({"source": "A", "when": {"B": "yes"}}, {"A": "a", "B": True}, "a"),
        ({"source": "A", "when": {"B": "yes"}}, {"A": "a", "B": "No"}, None),
        ({"source": "A", "unless": "lastname"}, {"A": "a"}, None),
        ({"source": "A", "default": "x@example.com", "max_length": 5, "too_long": "leave-empty"}, {}, None),
        ({"source": "A"}, {"A": 12}, "12"),
    ],
)
def test_what_a_row_can_do(tmp_path: Path, row: dict[str, object], fields: dict[str, object], written: object) -> None:
    field_map = load(local(tmp_path, {"map": "prospect-to-lead", "target": "new_x", **row}))
    assert lead_values(prospect(**fields), {}, field_map, {}).values.get("new_x") == written


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**VAT, "transform": "upper"}, "row 1 (prospect-to-lead > new_vat), field transform: Input should be 'lines'"),
        ({**VAT, "max_lenght": 20}, "row 1 (prospect-to-lead > new_vat), field max_lenght: Extra inputs are not permitted"),
        ({**VAT, "max_length": 0}, "row 1 (prospect-to-lead > new_vat), field max_length: Input should be greater than"),
        ({**VAT, "map": "lead"}, "row 1 (lead > new_vat), field map: Input should be 'prospect-to-lead'"),
        ({"map": "prospect-to-lead"}, "row 1 (prospect-to-lead > None), field target: Field required"),
        ({**VAT, "target": "a b"}, "row 1 (prospect-to-lead > a b), field target: String should match"),
        ({**VAT, "source": 5}, "field source: Input should be a valid tuple"),
        ({**VAT, "minimum": 2, "maximum": 1}, "field -: Value error, minimum is above maximum"),
        ({**VAT, "lookup": {"set": "x"}}, "field lookup.column: Field required"),
        ({**VAT, "source": []}, "field source: a row needs a source or a default"),
        ({**VAT, "unless": "nowhere"}, "field unless: no row writes nowhere"),
        ({**VAT, "off": True}, "field off: there is no such row to leave out"),
        ("text", "row 1, field -: Input should be a valid dictionary"),
        ({**VAT, "target": "fullname"}, "field target: is written by Sales or by the bridge itself"),
        ({**VAT, "target": "Subject"}, "field target: is spelled subject"),
        ({**VAT, "target": "ownerid"}, "field target: is written by Sales or by the bridge itself"),
        ({**VAT, "target": "b2b_prospectkey"}, "field target: is written by Sales or by the bridge itself"),
        ({**VAT, "target": "lastname"}, "field default: Sales requires this column"),
        ({**VAT, "target": "subject", "off": True}, "field default: Sales requires this column"),
        ({"map": "account-to-organization", "source": "x", "target": "CustomerAccount"}, "is written by the bridge itself"),
        ({"map": "contact-to-person", "source": "x", "target": "InvoiceAccount"}, "is written by the bridge itself"),
        ({"map": "account-to-organization", "source": "x", "target": "PrimaryContactEmail"}, "never gets an e-mail"),
        ({"map": "prospect-to-organization", "source": "x", "target": "ReceiptEmail"}, "never gets an e-mail"),
        ({"map": "contact-to-person", "source": "x", "target": "PrimaryContactEmail"}, "with the requester's e-mail"),
        ({"map": "contact-to-person", "source": "x", "target": "Y", "lookup": {"set": "a", "column": "b"}}, "only the lead"),
    ],
)
def test_a_wrong_row_is_named_with_its_field(tmp_path: Path, row: object, said: str) -> None:
    found = problems(local(tmp_path, row))
    assert len(found) == 1
    assert found[0].startswith("mapping.local.json: row 1")
    assert said in found[0]


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    wrong = local(tmp_path, VAT, {**VAT, "max_length": "x", "transform": "y"}, {**VAT, "target": "fullname"}, VAT, colour="red")
    assert [line.partition(": ")[2][:55] for line in problems(wrong)] == [
        "field colour: Extra inputs are not permitted",
        "row 2 (prospect-to-lead > new_vat), field transform: In",
        "row 2 (prospect-to-lead > new_vat), field max_length: I",
        "row 3 (prospect-to-lead > fullname), field target: is w",
        "row 4 (prospect-to-lead > new_vat), field target: row 1",
    ]


def test_a_target_that_is_there_already_is_found_in_any_letter_case(tmp_path: Path) -> None:
    assert "field target: row 1 has it already" in problems(local(tmp_path, VAT, {**VAT, "target": VAT["target"].upper()}))[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is not JSON in UTF-8"),
        (b"\xff\xfe\x00", "is not JSON in UTF-8"),
        (b"[" * 100_000, "is not JSON in UTF-8"),
        (b"[]", "must be an object with a list `rows`"),
        (b"{}", "must be an object with a list `rows`"),
        (b'{"rows": {}}', "must be an object with a list `rows`"),
    ],
)
def test_a_file_that_is_no_map_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "mapping.local.json"
    path.write_bytes(content)
    assert problems(path)[0].startswith(f"mapping.local.json: {said}")


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path / "gone.json")[0].startswith("gone.json: cannot be read")


@pytest.mark.parametrize("prefix", ["", "B2B", "b-2", "toolongprefix", "2b"])
def test_a_prefix_that_no_publisher_can_have_is_refused(prefix: str) -> None:
    with pytest.raises(MappingInvalid, match="prefix"):
        load(prefix=prefix)


def test_each_built_in_target_stands_once_in_its_map() -> None:
    built_in = FieldMap.model_validate_json(BUILT_IN.read_text("utf-8").replace("{prefix}", "b2b"))
    for name in MapName:
        targets = [row.target for row in built_in.rows(name)]
        assert len(targets) == len(set(targets)) > 0


def test_columns_of_the_dual_write_package_belong_to_its_profile_alone() -> None:
    assert not [row.target for row in load().rows(MapName.PROSPECT_TO_LEAD) if row.target.startswith("msdyn_")]


def test_columns_are_what_a_read_must_ask_for() -> None:
    field_map = load()
    asked = set(field_map.columns(MapName.CONTACT_TO_PERSON))
    assert asked == {"firstname", "middlename", "lastname", "mobilephone", "telephone1"}
    assert "IsPrimaryPhoneNumberMobile" in field_map.columns(MapName.PROSPECT_TO_LEAD)


def test_the_sample_is_valid_by_schema_and_by_load() -> None:
    sample = ROOT / "mapping.local.sample.json"
    schema = json.loads((ROOT / "mapping.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(sample.read_text("utf-8")), schema)
    assert load(sample).version.startswith("2026.11+")


@pytest.mark.parametrize("row", [{**VAT, "source": 5}, {**VAT, "transform": "upper"}, {**VAT, "colour": 1}, {"target": "x"}])
def test_the_schema_refuses_what_load_refuses(tmp_path: Path, row: dict[str, object]) -> None:
    schema = json.loads((ROOT / "mapping.schema.json").read_text("utf-8"))
    assert not jsonschema.Draft202012Validator(schema).is_valid({"rows": [row]})
    assert problems(local(tmp_path, row))
