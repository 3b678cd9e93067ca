import sys

import pytest

from portcall.actions.mapping import compile_mapping, liquid, validate_mapping
from portcall.actions.mapping.liquid_engine import engine
from portcall.errors import MappingError

EVENT = {"s": "hello", "total": 10.0, "o": {"x": 1.5}, "list": [1.0, [2, 3]], "self": 1}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        ("{{ s | upcase }} {{ o.x }}", "HELLO 1.5"),
        ("{{ total }} {{ o }} {{ list }} {{ self }}", "10 [object Object] 12,3 1"),
        ("{{ gone }}{{ gone.x }}{{ now }}", ""),
        ("{{ total | divided_by: 4 }} {{ 2.5 | round }} {{ 1.25 | round: 1 }}", "2.5 3 1.3"),
        ("{{ 'x' | divided_by: 2 }} {{ o.x | times: 2 }}", "0 3"),
        ("{{ o | json }}{{ gone | json }}", '{"x":1.5}'),
        ("{% if s contains 'ell' %}yes{% endif %}", "yes"),
        ("{{ s[0] }}{{ s | first }}", "hh"),
        ("{{ 'a,b' | split: ',' | join: '-' }}", "a-b"),
    ],
)
def test_liquid_renders_as_liquidjs_does(source, text):
    assert compile_mapping(liquid(source))(EVENT) == text


@pytest.mark.parametrize("filter_", ["map", "sort", "uniq", "concat", "to_integer"])
def test_a_filter_that_is_not_available_is_refused_when_the_mapping_is_compiled(filter_):
    [problem] = validate_mapping({"a": liquid(f"{{{{ s | {filter_} }}}}")})
    assert f"uses the filter {filter_!r}, which is not available" in problem.message


@pytest.mark.parametrize("tag", ["for", "case", "include", "render", "tablerow", "layout"])
def test_a_tag_that_is_not_available_is_refused_when_the_mapping_is_compiled(tag):
    [problem] = validate_mapping(liquid(f"{{% {tag} x %}}"))
    assert problem.path == "/@liquid"
    assert "does not parse" in problem.message


@pytest.mark.parametrize(
    "source",
    [
        "{{ s | divided_by: 0 }}",
        "{% if s > 5 %}{% endif %}",
        "{{ s | replace: '', s | replace: '', s | replace: '', big }}",
        "{% assign a = big %}" + "{% assign a = a | append: a %}" * 20,
        "{% assign a = 9 %}" + "{% assign a = a | times: a %}" * 20,
        "{{ (1..99999999999) | join: ',' }}",
        "{{ big | strip_html }}",
        "{{ many | join: big }}",
    ],
)
def test_what_cannot_be_rendered_within_bounds_is_an_error_with_its_place(source):
    event = {"s": "x" * 500, "big": "<" * 20_000, "many": [1] * 1_000}
    mapping = compile_mapping({"a": liquid(source)})
    with pytest.raises(MappingError, match="/a/@liquid cannot be rendered"):
        mapping(event)


def test_without_the_library_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "liquid", None)
    engine.cache_clear()
    with pytest.raises(MappingError, match=r"pip install 'portcall\[liquid\]'"):
        compile_mapping(liquid("{{ s }}"))
    assert compile_mapping({"a": 1})({}) == {"a": 1}
