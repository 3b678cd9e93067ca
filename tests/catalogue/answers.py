"""Answers of stand-ins, held against what the OpenAPI documents of their APIs say of them."""

from functools import cache

from jsonschema import Draft202012Validator

from .excerpts import template_for

_WORDS = {"required", "format", "example", "examples", "discriminator", "default", "nullable"}
_OF_SEVERAL = ("allOf", "anyOf", "oneOf")


def problems(document, method, path, reply):
    """Return what is wrong with a reply to a request, by the document.

    An answer may be shorter than the API's. What it has, the API must have, too, under the same name and of
    the same type.

    Args:
        document: OpenAPI 3.
        method: In upper case.
        path: As the document has it: below its base.
        reply: Of a stand-in.
    """
    template = template_for(document, path)
    operation = document["paths"].get(template, {}).get(method.lower())
    if operation is None or reply.json is None:
        return []
    described = _response(document, operation, reply.status)
    if described is None:  # few documents name every refusal
        return []
    schema = next((each.get("schema") for each in described.get("content", {}).values()), None)
    if schema is None:
        return []
    root = {**_open(schema, is_closed=True), "components": _components(id(document))}
    found = Draft202012Validator(root).iter_errors(reply.json)
    return [
        f"{method} {template} {reply.status} {each.json_path}: {each.message}" for each in found
    ]


_DOCUMENTS = {}


def _response(document, operation, status):
    _DOCUMENTS[id(document)] = document
    responses = operation["responses"]
    names = (f"{status}", f"{status // 100}XX", f"{status // 100}xx", "default")
    found = next((responses[each] for each in names if each in responses), None)
    if found is not None and "$ref" in found:
        return document["components"]["responses"][found["$ref"].rsplit("/", 1)[1]]
    return found


@cache
def _components(key):
    document = _DOCUMENTS[key]
    schemas = document.get("components", {}).get("schemas", {})
    return {"schemas": {name: _open(each, is_closed=False) for name, each in schemas.items()}}


def _open(node, *, is_closed):
    """Return a schema of the same fields, none of them required; a closed one allows no others."""
    if not isinstance(node, dict):
        return node
    made = {name: _member(name, each) for name, each in node.items() if name not in _WORDS}
    if "oneOf" in made:  # without required fields, several may fit
        made["anyOf"] = [*made.pop("oneOf"), *made.get("anyOf", [])]
    if isinstance(made.get("exclusiveMinimum"), bool) or isinstance(
        made.get("exclusiveMaximum"), bool
    ):
        made = {n: v for n, v in made.items() if not n.startswith("exclusive")}
    if node.get("nullable"):
        made = {"anyOf": [made, {"type": "null"}]}
    is_object = "properties" in made or "$ref" in made or any(each in made for each in _OF_SEVERAL)
    if is_closed and is_object and "additionalProperties" not in made:
        made["unevaluatedProperties"] = False
    return made


def _member(name, value):
    if name in _OF_SEVERAL:
        return [_open(each, is_closed=False) for each in value]
    if name in {"properties", "patternProperties"}:
        return {each: _open(schema, is_closed=True) for each, schema in value.items()}
    if name in {"items", "additionalProperties", "not"}:
        return _open(value, is_closed=True)
    return value
