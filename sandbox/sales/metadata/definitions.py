"""EntityDefinitions."""

from sandbox.odata.errors import ODataError

ROOTS = {"EntityDefinitions", "GlobalOptionSetDefinitions", "RelationshipDefinitions"}


def handle(world, call, request, segments):
    raise ODataError(501, "later")
