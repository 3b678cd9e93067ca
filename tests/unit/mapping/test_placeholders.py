import pytest

from portcall.actions.mapping.authoring import template
from portcall.actions.mapping.compiler import compile_mapping
from portcall.actions.mapping.placeholders import render


def rendered(source, event):
    constant = compile_mapping(template(source))(event)
    assert render(source, event) == constant
    return constant


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hi {{name}}!", "Hi Ann!"),
        ("{{ name }} {{{ name }}}", "Ann Ann"),
        ("{{name}}{{n}}{{gone}}{{null}}", "Ann1"),
        ("{{o.k}}", "v"),
        ("{{o}} {{list}}", "[object Object] 1,,true"),
        ("", ""),
        ("{{}} {} {{{}}}", "{{}} {} }"),
        ("{{name", "{{name"),
        ("{{name}", "{{name}"),
        ("{{name}}}", "Ann}"),
        ("{{{{name}}", ""),
        ("{{a{{name}}", ""),
        ("}}{{name}}{{", "}}Ann{{"),
        ("{{n}}-{{n}}-{{n}}", "1-1-1"),
    ],
)
def test_placeholders_are_filled_as_javascript_prints_them(source, text):
    event = {"name": "Ann", "n": 1.0, "null": None, "o": {"k": "v"}, "list": [1, None, True]}
    assert rendered(source, event) == text


def test_what_is_filled_in_is_never_looked_at_again():
    event = {"a": "{{secret}}", "b": "{{", "secret": "s"}
    assert rendered("{{{a}}} {{a}} {{{b}}}secret}}", event) == "{{secret}} {{secret}} {{secret}}"


def test_a_template_may_come_from_the_event():
    mapping = compile_mapping({"@template": {"@path": "$.t"}})
    assert mapping({"t": "<{{x}}>", "x": "{{t}}"}) == "<{{t}}>"
