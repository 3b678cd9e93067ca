"""The reference on the pages: readable Markdown, made of the docstrings.

    uv run python -m tests.docs.reference

writes it (and with ``--check`` says if that is needed), between ``<!-- reference: NAME -->`` and
``<!-- end of NAME -->``, wherever a page has these two lines. NAME is a dotted name; of a class, every
public member comes with it. The paragraphs about checks stand between ``<!-- checks -->`` and its end.
"""

import ast
import enum
import inspect
import json
import re
import sys
import textwrap
from functools import cached_property
from importlib import import_module

import attrs

from .checks_page import with_checks
from .pages import DOCS

AGAIN = "uv run python -m tests.docs.reference"
BLOCK = re.compile(
    r"^<!-- reference: (\S+) -->\n(.*?)^<!-- end of \1 -->$", re.MULTILINE | re.DOTALL
)
_HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)
_SECTION = re.compile(r"(Args|Attributes|Returns|Yields|Raises|Source|Example):(:?)(?: (.*))?")
_ITEM = re.compile(r"([\w, .*]+): (.*)")
_WIDTH = 130
_LONGEST_SIGNATURE = 100


def written(page):
    """Return the text of *page* with its reference as it has to be."""
    text = page.read_text(encoding="utf-8")

    def fill(found):
        headings = _HEADING.findall(BLOCK.sub("", text[: found.start()]))
        level = len(headings[-1][0]) if headings else 1
        has_heading = bool(headings) and headings[-1][1] == f"`{found[1].rpartition('.')[2]}`"
        body = "\n".join(reference(found[1], level, has_heading=has_heading))
        return f"<!-- reference: {found[1]} -->\n\n{body}\n\n<!-- end of {found[1]} -->"

    return BLOCK.sub(fill, with_checks(text))


def names():
    """Return every name that a page has a reference of."""
    return [found[1] for page in DOCS for found in BLOCK.finditer(page.read_text(encoding="utf-8"))]


def find(name):
    """Import what a dotted name names."""
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)


def reference(name, level, *, has_heading=False):
    """Yield the lines about one name, and about its members if it is a class."""
    thing, short = find(name), name.rpartition(".")[2]
    if not isinstance(thing, type):
        if inspect.ismodule(thing):
            yield from _fence("text", tree(thing))
            return
        if not has_heading:
            yield f"{'#' * (level + 1)} `{short}`\n"
        yield from _described(thing, f"def {short}", skipped=0)
        return
    if not has_heading:
        yield f"{'#' * (level + 1)} `{short}`\n"
    yield from _class(thing, short)
    for member in members(thing):
        if _function_of(thing, member):
            yield from ["", *_method(thing, short, member, level + 2)]


def members(cls):
    """Return the names of the public members of a class, those of its own bases included."""
    own = [each for each in reversed(cls.__mro__) if each.__module__.startswith("portcall")]
    found = {}
    for each in own:
        for name, value in vars(each).items():
            public = not name.startswith("_") or (name == "__call__" and each is cls)
            if public and (_is_member(value) or (isinstance(value, cls) and _is_enum(cls))):
                found[name] = None
    if issubclass(cls, BaseException):
        return []
    fields = {each.name for each in cls.__dict__.get("__attrs_attrs__", ())}
    return [name for name in found if name not in fields]


def attributes(cls):
    """Return the public attributes that ``__init__`` sets; attrs classes have theirs as arguments."""
    if cls is object or attrs.has(cls) or not inspect.isfunction(vars(cls).get("__init__")):
        return []
    tree_ = ast.parse(textwrap.dedent(inspect.getsource(cls.__init__)))
    targets = [
        target
        for node in ast.walk(tree_)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return [
        target.attr
        for target in targets
        if isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and target.value.id == "self"
        and not target.attr.startswith("_")
    ]


def described(cls):
    """Return what the docstring of a class lists as arguments and attributes."""
    sections = dict(_sections(inspect.getdoc(cls) or "")[1])
    items = [*_items(sections.get("Args", "")), *_items(sections.get("Attributes", ""))]
    return {name.strip() for names_, _ in items for name in names_.split(",")}


def tree(module):
    """Return the drawing in the docstring of a module: its lines from the first branch on."""
    lines = inspect.getdoc(module).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("├")) - 1
    return "\n".join(lines[first:])


def _is_enum(cls):
    return issubclass(cls, enum.Enum)


def _is_member(value):
    kinds = property | cached_property | classmethod | staticmethod
    return inspect.isfunction(value) or isinstance(value, kinds)


def _class(cls, short):
    doc = inspect.getdoc(cls) or ""
    made_here = re.search("[Mm]ade by `", doc) is not None
    if issubclass(cls, BaseException):  # whose place is in the tree
        made_here = True
    elif not made_here and not _is_enum(cls):
        yield from _fence("py", _signature(f"class {short}", _parameters(cls), ""))
        yield ""
    values = [_value_of(cls, each) for each in members(cls) if not _function_of(cls, each)]
    yield from _text(doc, values, kept=_kept(cls) if made_here else None)


def _value_of(cls, name):
    """Return name, type and text of a property, or of a member of an enumeration."""
    if _is_enum(cls):
        return name, repr(getattr(cls, name).value), _enum_doc(cls, name)
    value = inspect.getattr_static(cls, name)
    function = value.fget if isinstance(value, property) else value.func
    prose = " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())
    return name, _type(inspect.signature(function).return_annotation), prose


def _function_of(cls, name):
    value = inspect.getattr_static(cls, name)
    if _is_enum(cls) or isinstance(value, property | cached_property):
        return None
    return value.__func__ if isinstance(value, classmethod | staticmethod) else value


def _method(cls, short, name, level):
    title = f"{short}.{name}" if name != "__call__" else f"{short}()"
    yield f"{'#' * level} `{title}`\n"
    skipped = 0 if isinstance(inspect.getattr_static(cls, name), staticmethod) else 1
    head = f"def {name}" if name != "__call__" else short.lower()
    yield from _described(_function_of(cls, name), head, skipped=skipped)


def _enum_doc(cls, name):
    """Return the text below the member's line."""
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0].body
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            value = getattr(following, "value", None)
            text = getattr(value, "value", "")
            return _inline(" ".join(text.split())) if isinstance(text, str) else ""
    return ""


def _described(function, head, *, skipped):
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())[skipped:]
    returned = signature.return_annotation
    arrow = "" if returned is inspect.Signature.empty else f" -> {_type(returned)}"
    yield from _fence("py", _signature(head, _written(parameters), arrow))
    yield ""
    yield from _text(inspect.getdoc(function) or "")


def _parameters(cls):
    if attrs.has(cls):
        return [*_attrs_parameters(cls)]
    return _written(list(inspect.signature(cls.__init__).parameters.values())[1:])


def _attrs_parameters(cls):
    keyword = False
    for each in attrs.fields(cls) or _opaque_fields(cls):
        if each.name.startswith("_") or not each.init:
            continue
        if each.kw_only and not keyword:
            keyword = True
            yield "*"
        default = each.default
        shown = "" if default is attrs.NOTHING else f" = {_default(default)}"
        yield f"{each.name}: {_type(each.type)}{shown}"


def _opaque_fields(cls):
    """Return the inputs of a class that does not list its fields, from its signature."""
    for each in inspect.signature(cls).parameters.values():
        yield attrs.make_class(
            "Made",
            {
                each.name: attrs.field(
                    default=attrs.NOTHING if each.default is each.empty else each.default,
                    kw_only=each.kind is each.KEYWORD_ONLY,
                    type=each.annotation,
                )
            },
        ).__attrs_attrs__[0]


def _written(parameters):
    keyword = False
    for each in parameters:
        if each.kind is each.KEYWORD_ONLY and not keyword:
            keyword = True
            yield "*"
        star = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        keyword = keyword or each.kind is each.VAR_POSITIONAL
        kind = "" if each.annotation is each.empty else f": {_type(each.annotation)}"
        default = "" if each.default is each.empty else f" = {_default(each.default)}"
        yield f"{star}{each.name}{kind}{default}"


def _signature(head, parameters, arrow):
    parameters = list(parameters)
    line = f"{head}({', '.join(parameters)}){arrow}"
    if len(line) <= _LONGEST_SIGNATURE:
        return line
    return "\n".join([f"{head}(", *(f"    {each}," for each in parameters), f"){arrow}"])


def _type(annotation):
    if isinstance(annotation, str):
        return annotation
    if annotation is None or annotation is type(None):
        return "None"
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation.__name__
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", str(annotation))


def _default(value):
    if isinstance(value, enum.Enum):
        return str(value)
    if isinstance(value, type) or inspect.isfunction(value):
        return value.__name__
    if value is attrs.NOTHING:
        return "NOTHING"
    if isinstance(value, attrs.Factory):
        return "..."
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    shown = repr(value)
    return "{}" if shown == "mappingproxy({})" else "..." if " at 0x" in shown else shown


def _kept(cls):
    """Return the names of the attributes that instances have of what they were made of."""
    own = {name for each in cls.__mro__ for name in attributes(each)}
    return own | {each.name for each in getattr(cls, "__attrs_attrs__", ())}


def _text(doc, values=(), *, kept=None):
    """Write a docstring as Markdown.

    *values* are more attributes, with their types. Where *kept* is given, programs do not make instances,
    and the arguments are told as attributes, as far as they are these.
    """
    prose, sections = _sections(doc)
    yield from _paragraphs(prose)
    rows = [_row([name], f"{_inline(text)} (`{kind}`)") for name, kind, text in values]
    for title, body in sections:
        if title in {"Args", "Attributes"}:
            items = _items(body)
            if kept is not None and title == "Args":
                items = [each for each in items if each[0] in kept]
            listed = [_row(names_.split(","), _inline(text)) for names_, text in items]
            if title == "Attributes" or kept is not None:
                rows = [*listed, *rows]
            else:
                yield from ["", "**Arguments:**", "", *listed]
    if rows:
        yield from ["", "**Attributes:**", "", *rows]
    for title, body in sections:
        if title == "Example":
            yield from ["", "**Example:**", "", *_fence("py", textwrap.dedent(body).strip("\n"))]
        elif title in {"Returns", "Yields", "Source"}:
            paragraphs = list(_paragraphs(textwrap.dedent(body)))
            yield from ["", f"**{title}:** {paragraphs[0]}", *paragraphs[1:]]
        elif title == "Raises":
            listed = [_row(names_.split(","), _inline(text)) for names_, text in _items(body)]
            yield from ["", "**Raises:**", "", *listed]


def _row(names_, text):
    shown = ", ".join(f"`{each.strip()}`" for each in names_)
    return _wrapped(f"- {shown}: {text}", "  ")


def _sections(doc):
    """Split a docstring into its prose and its sections."""
    prose, sections, body = [], [], None
    for line in doc.splitlines():
        found = _SECTION.fullmatch(line)
        if found:
            body = [found[3]] if found[3] else []
            sections.append((found[1], body))
        elif body is not None and (
            not line.strip()
            or line.startswith(" ")
            or (sections[-1][0] == "Source" and body and body[-1])
        ):
            body.append(line)
        elif line.strip() and body is not None:
            body = None
            prose += ["", line]
        else:
            prose.append(line)
    return "\n".join(prose), [(title, "\n".join(lines)) for title, lines in sections]


def _items(body):
    found = []
    for line in textwrap.dedent(body).splitlines():
        item = None if line.startswith(" ") else _ITEM.fullmatch(line)
        if item:
            found.append([item[1], item[2]])
        elif line.strip() and found:
            found[-1][1] += f" {line.strip()}"
    return found


def _paragraphs(text):
    """Wrap paragraphs anew; indented lines after ``::`` are code."""
    paragraphs = re.split(r"\n\s*\n", text.strip("\n"))
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ""
        if paragraph.startswith("    "):
            yield from _fence("py", textwrap.dedent(paragraph))
        elif re.match(r"[-*] ", paragraph):
            yield _inline(paragraph)
        else:
            yield _wrapped(_inline(" ".join(paragraph.split())).replace("::", ":"), "")


def _inline(text):
    """Write what Sphinx reads as code as Markdown has it."""
    return re.sub(r"``(.+?)``", r"`\1`", text)


def _wrapped(text, indent):
    return textwrap.fill(
        text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _fence(language, text):
    return [f"```{language}", *text.splitlines(), "```"]


def main():
    """Write the reference into every page that has some, or check that it is there."""
    stale = [page for page in DOCS if page.read_text(encoding="utf-8") != written(page)]
    if "--check" in sys.argv:
        sys.exit(f"out of date; run {AGAIN}: {', '.join(map(str, stale))}" if stale else 0)
    for page in stale:
        page.write_text(written(page), encoding="utf-8")


if __name__ == "__main__":
    main()
