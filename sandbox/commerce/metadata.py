"""$metadata: the entity sets that are served here, in the shape of F&O's document."""

from __future__ import annotations

from xml.etree import ElementTree

from sandbox.commerce.schema import ENUMS, NAMESPACE, EntitySet, Navigation, Property
from sandbox.commerce.world import World

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_LABEL = "Microsoft.Dynamics.OData.Core.V1.LabelId"


def metadata_document(world: World) -> bytes:
    """The CSDL document (XML), with the properties that this environment's tables have."""
    root = ElementTree.Element("edmx:Edmx", {"Version": "4.0", "xmlns:edmx": _EDMX})
    services = ElementTree.SubElement(root, "edmx:DataServices")
    schema = ElementTree.SubElement(services, "Schema", {"Namespace": NAMESPACE, "xmlns": _EDM})
    for name, members in _enums(world).items():
        _enum(schema, name, members)
    for item in world.sets.values():
        _entity_type(schema, item, world)
    container = ElementTree.SubElement(schema, "EntityContainer", {"Name": "Resources"})
    for item in world.sets.values():
        _entity_set(container, item)
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _enums(world: World) -> dict[str, dict[str, int]]:
    """The enums; the contact-based access model of 10.0.48 adds a node type (its name is not documented)."""
    if world.settings.access_model != "contact":
        return ENUMS
    return ENUMS | {"CustHierarchyNodeType": ENUMS["CustHierarchyNodeType"] | {"Contact": 1}}


def _enum(schema: ElementTree.Element, name: str, members: dict[str, int]) -> None:
    enum = ElementTree.SubElement(schema, "EnumType", {"Name": name})
    for member, value in members.items():
        ElementTree.SubElement(enum, "Member", {"Name": member, "Value": str(value)})


def _entity_type(schema: ElementTree.Element, item: EntitySet, world: World) -> None:
    entity = ElementTree.SubElement(schema, "EntityType", {"Name": item.type_name})
    key = ElementTree.SubElement(entity, "Key")
    for name in item.keys:
        ElementTree.SubElement(key, "PropertyRef", {"Name": name})
    for property_ in item.properties.values():
        _property(entity, property_, property_.name in item.keys)
    for navigation in item.navigations.values():
        _navigation(entity, navigation, world.sets[navigation.target])


def _property(entity: ElementTree.Element, property_: Property, is_key: bool) -> None:
    attributes = {"Name": property_.name, "Type": property_.type}
    if is_key or property_.type in ("Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.DateTimeOffset"):
        attributes["Nullable"] = "false"
    element = ElementTree.SubElement(entity, "Property", attributes)
    ElementTree.SubElement(element, "Annotation", {"Term": _LABEL, "String": property_.label})


def _navigation(entity: ElementTree.Element, navigation: Navigation, target: EntitySet) -> None:
    type_name = f"{NAMESPACE}.{target.type_name}"
    attributes = {"Name": navigation.name, "Type": f"Collection({type_name})" if navigation.many else type_name}
    element = ElementTree.SubElement(entity, "NavigationProperty", attributes)
    if not navigation.many:
        for ours, theirs in navigation.on:
            ElementTree.SubElement(element, "ReferentialConstraint", {"Property": ours, "ReferencedProperty": theirs})


def _entity_set(container: ElementTree.Element, item: EntitySet) -> None:
    attributes = {"Name": item.name, "EntityType": f"{NAMESPACE}.{item.type_name}"}
    element = ElementTree.SubElement(container, "EntitySet", attributes)
    for navigation in item.navigations.values():
        ElementTree.SubElement(element, "NavigationPropertyBinding", {"Path": navigation.name, "Target": navigation.target})
