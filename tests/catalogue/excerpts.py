"""Of OpenAPI documents, only the operations that requests went to; of several APIs, one document."""

import copy
import re
from urllib.parse import unquote

import attrs

_METHODS = ("get", "post", "put", "patch", "delete")
_TAKEN = {"204": {"description": "The request is as the document has it."}}
_PARAMETER = re.compile(r"\{[^/}]+\}")


@attrs.frozen
class Sent:
    """A request on its way to Prism.

    Args:
        method: As sent.
        path: Below the base of the document, with its query.
        headers: Pairs.
        body: Whole.
    """

    method: str
    path: str
    headers: dict
    body: bytes = b""


def sent(received, base):
    """Return what a stand-in received, as the document's own paths have it."""
    headers = {
        name: value for name, value in received.headers.items() if name.lower() not in _OF_THE_HOP
    }
    before = "[^/]+".join(map(re.escape, base.split("*")))
    path = re.sub(f"^{before}", "", received.target)
    return Sent(received.method, path, headers, received.body)


_OF_THE_HOP = {"host", "content-length", "connection", "accept-encoding", "user-agent"}


def template_for(document, path):
    """Return the document's path that a request's path is an instance of; None if there is none."""
    plain = unquote(path.partition("?")[0])
    if plain in document["paths"]:
        return plain
    for template in document["paths"]:
        pattern = "[^/]+".join(map(re.escape, _PARAMETER.split(template)))
        if re.fullmatch(pattern, path.partition("?")[0]):
            return template
    return None


def excerpt(slug, document, operations, corrections):
    """Return the paths and components of some operations, all under names that begin with *slug*.

    Args:
        slug: Keeps one API apart from another in a document of many.
        document: OpenAPI 3.
        operations: Pairs of a method in lower case and a path of the document.
        corrections: What is known to be wrong in the document; see `_corrected`.
    """
    paths = {}
    # Vendors that take OAuth 2.0 tokens, too, leave them out where another document has them.
    tokens = [{"bearer": []}] if any("bearer" in each for each in corrections) else []
    for method, path in sorted(operations):
        item = document["paths"][path]
        operation = {**copy.deepcopy(item[method]), "responses": _TAKEN}
        operation["security"] = [*operation.get("security", document.get("security", [])), *tokens]
        operation.pop("servers", None)
        shared = [name for name in ("parameters",) if name in item]
        made = paths.setdefault(f"/{slug}{path}", {n: copy.deepcopy(item[n]) for n in shared})
        made[method] = _corrected(operation, corrections)
    found = {}
    _collect(paths, document, found)
    found = {
        kind: {name: _relaxed(each, corrections) for name, each in members.items()}
        for kind, members in found.items()
    }
    schemes = dict(document.get("components", {}).get("securitySchemes", {}))
    schemes["bearer"] = {"type": "http", "scheme": "bearer"}
    paths = _renamed(paths, slug)
    components = {
        kind: {f"{slug}.{name}": _renamed(each, slug) for name, each in members.items()}
        for kind, members in found.items()
    }
    components["securitySchemes"] = {f"{slug}.{name}": each for name, each in schemes.items()}
    for item in paths.values():
        for method in set(item) & set(_METHODS):
            item[method]["security"] = [
                {f"{slug}.{name}": scopes for name, scopes in each.items()}
                for each in item[method]["security"]
            ]
    return paths, components


def merged(parts):
    """Return one document of the excerpts of several."""
    paths, components = {}, {}
    for some, more in parts:
        paths |= some
        for kind, members in more.items():
            components.setdefault(kind, {}).update(members)
    paths["/"] = {"get": {"responses": _TAKEN}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Excerpts", "version": "1"},
        "paths": paths,
        "components": components,
    }


def _corrected(operation, corrections):
    """Leave out the parameters, and the demands for fields, that the API's own pages do not have."""
    operation = _relaxed(operation, corrections)
    gone = {each["parameter"] for each in corrections if "parameter" in each}
    if "parameters" in operation:
        operation["parameters"] = [p for p in operation["parameters"] if p.get("name") not in gone]
    return operation


def _relaxed(node, corrections):
    """Return a copy in which the fields that a correction names may be left out."""
    if isinstance(node, list):
        return [_relaxed(each, corrections) for each in node]
    if not isinstance(node, dict):
        return node
    copied = {name: _relaxed(each, corrections) for name, each in node.items()}
    if isinstance(copied.get("required"), list):
        optional = {each["optional"] for each in corrections if "optional" in each}
        kept = [name for name in copied["required"] if name not in optional]
        copied = (
            {**copied, "required": kept}
            if kept
            else {n: v for n, v in copied.items() if n != "required"}
        )
    return copied


def _collect(node, document, found):
    """Add every component that a node refers to, and what that refers to."""
    if isinstance(node, list):
        for each in node:
            _collect(each, document, found)
    if not isinstance(node, dict):
        return
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/components/"):
        _, _, kind, name = reference.split("/", 3)
        if name not in found.setdefault(kind, {}):
            found[kind][name] = document["components"][kind][name]
            _collect(found[kind][name], document, found)
    for each in node.values():
        _collect(each, document, found)


def _renamed(node, slug):
    """Return a copy whose references go to components that begin with the slug."""
    if isinstance(node, list):
        return [_renamed(each, slug) for each in node]
    if isinstance(node, dict):
        return {name: _renamed(each, slug) for name, each in node.items()}
    if isinstance(node, str) and node.startswith("#/components/"):
        _, _, kind, target = node.split("/", 3)
        return f"#/components/{kind}/{slug}.{target}"
    return node
