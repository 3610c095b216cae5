"""What finance and operations' $metadata says of entity sets, their properties, and enums: the doctor's proof of every name."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import requests

from operations.environment import Environment

SECONDS = 180
"""The document has some 30 MB, and the first one after a restart takes minutes."""
_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@dataclass(frozen=True)
class Metadata:
    """Entity set -> its properties and navigation properties; enum -> its members."""

    sets: Mapping[str, frozenset[str]]
    enums: Mapping[str, frozenset[str]]


def read_metadata(environment: Environment) -> Metadata:
    """Ask for the document and read it; raises requests' errors and ParseError."""
    token = environment.credential.get_token(f"{environment.settings.commerce_url}/.default").token
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/xml"}
    answer = requests.get(f"{environment.settings.commerce_url}/data/$metadata", headers=headers, timeout=SECONDS)
    answer.raise_for_status()
    return parse(answer.content)


def parse(document: bytes) -> Metadata:
    """The metadata in a CSDL document; raises ParseError."""
    types: dict[str, frozenset[str]] = {}
    sets: dict[str, str] = {}
    enums: dict[str, frozenset[str]] = {}
    for _, element in ElementTree.iterparse(io.BytesIO(document)):  # noqa: S314 - head office's own document
        name = element.get("Name", "")
        if element.tag == f"{_EDM}EntityType":
            types[name] = frozenset(child.get("Name", "") for child in element if child.tag.endswith("Property"))
            element.clear()
        elif element.tag == f"{_EDM}EnumType":
            enums[name] = frozenset(child.get("Name", "") for child in element if child.tag.endswith("Member"))
        elif element.tag == f"{_EDM}EntitySet":
            sets[name] = element.get("EntityType", "").rpartition(".")[2]
    return Metadata({name: types.get(type_name, frozenset()) for name, type_name in sets.items()}, enums)
