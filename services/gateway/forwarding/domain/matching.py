"""From a raw path to the operations published on it.

A tree of path segments, walked once per request: literal before parameter, the longer literal part
first, stepping back where a literal leads nowhere. The raw path decides, never a decoded one: what
a proxy decodes and a service decodes again is how path checks are passed by.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.gateway.forwarding.domain.errors import (
    AddressTooLongError,
    MalformedPathError,
    UnpublishableDocumentError,
)
from services.gateway.forwarding.domain.operations import Operation

UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
PATH_LIMIT = 1024


@dataclass(slots=True)
class _Node:
    literals: "dict[bytes, _Node]" = field(default_factory=dict)
    parameters: "list[tuple[bytes, bytes, _Node]]" = field(default_factory=list)
    methods: dict[str, Operation] = field(default_factory=dict)


class RouteTable:
    """The published operations, ready to be matched.

    Args:
        operations: Of all services and of the gateway itself.

    Raises:
        UnpublishableDocumentError: Two operations share a method and a path shape, or an operationId.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        self.operations = tuple(operations)
        names: set[str] = set()
        for operation in self.operations:
            if operation.operation_id in names:
                raise UnpublishableDocumentError(f"operationId {operation.operation_id} is published twice")
            names.add(operation.operation_id)
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        node = self._root
        for segment in operation.template.encode("ascii").split(b"/")[1:]:
            node = _literal(node, segment) if b"{" not in segment else _parameter(node, segment)
        if operation.method in node.methods:
            raise UnpublishableDocumentError(f"{operation.method} {operation.template} is published twice")
        node.methods[operation.method] = operation

    def match(self, raw_path: bytes) -> Mapping[str, Operation] | None:
        """Return the operations on a path by method, or None where nothing is published.

        Args:
            raw_path: As it came over the wire, without the query.

        Raises:
            AddressTooLongError: No published path is as long.
            MalformedPathError: The path could be read in two ways (escapes, `//`, dot segments, `;`...).
        """
        if len(raw_path) > PATH_LIMIT:
            raise AddressTooLongError
        # translate() with a delete list is one pass in C; what remains is what no published path holds
        if raw_path[:1] != b"/" or raw_path.translate(None, UNRESERVED):
            raise MalformedPathError
        segments = raw_path.split(b"/")
        node, at = self._root, 1
        for segment in segments[1:]:  # as far as there is one way to go, which is nearly always to the end
            if node.parameters:
                break
            child = node.literals.get(segment)
            if child is None:
                break
            node, at = child, at + 1
        methods = _walk(node, segments, at)
        if methods is None and (b"." in segments or b".." in segments or b"" in segments[1:-1]):
            raise MalformedPathError
        return methods


def _literal(node: _Node, segment: bytes) -> _Node:
    return node.literals.setdefault(segment, _Node())


def _parameter(node: _Node, segment: bytes) -> _Node:
    prefix, _, rest = segment.partition(b"{")
    suffix = rest.partition(b"}")[2]
    for known_prefix, known_suffix, child in node.parameters:
        if (known_prefix, known_suffix) == (prefix, suffix):
            return child
    child = _Node()
    node.parameters.append((prefix, suffix, child))
    node.parameters.sort(key=lambda entry: -len(entry[0]) - len(entry[1]))
    return child


def _walk(node: _Node, segments: list[bytes], at: int) -> dict[str, Operation] | None:
    if at == len(segments):
        return node.methods or None
    segment = segments[at]
    child = node.literals.get(segment)
    if child is not None:
        found = _walk(child, segments, at + 1)
        if found is not None:
            return found
    if segment in _NEVER_A_PARAMETER:
        return None
    for prefix, suffix, behind in node.parameters:
        if len(segment) > len(prefix) + len(suffix) and segment.startswith(prefix) and segment.endswith(suffix):
            found = _walk(behind, segments, at + 1)
            if found is not None:
                return found
    return None


_NEVER_A_PARAMETER = frozenset({b"", b".", b".."})
