"""``@liquid``; the texts are those that LiquidJS 10.27 made in Node 20, with the time zone UTC."""

import contextlib
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from portcall.actions.mapping.authoring import liquid
from portcall.actions.mapping.compiler import compile_mapping
from portcall.actions.mapping.validate import validate_mapping
from portcall.errors import MappingError

EVENT = {
    "s": "hello",
    "total": 10.0,
    "o": {"x": 1.5, "empty": 7},
    "list": [1.0, [2, 3], None, True],
    "yes": True,
    "no": False,
    "nothing": None,
    "people": [{"name": "Ann", "ok": True}, {"name": "Bob"}],
    "like": {"length": 2, "1": "x"},
    "half": "\ud83d!",
    "ts": "2024-03-10T20:05:09.123Z",
}


def render(source, event=EVENT):
    return compile_mapping(liquid(source))(event)


VALUES = [
    ("", ""),
    ("{{ total }} {{ o }} {{ list }}!", "10 [object Object] 123true!"),
    ("{{ yes }}! {{ no }} {{ nothing }}{{ gone }}{{ gone.x }}{{ now }}", "true! false "),
    ("{{ 'a' | append: b: 1 }}", "ab1"),
    ("{{ 0.00001 }} {{ 10000000000000000.0 }} {{ 0.0000001 }}", "0.00001 10000000000000000 1e-7"),
    ("{{ 12345678901234567890 }}", "12345678901234567000"),
    ("{{ nil }}{{ empty }}{{ blank }}|{{ nil | json }}{{ gone | json }}", "|{}"),
    (
        "{{ list.length }} {{ list['0'] }} {{ list.0 }} {{ list[-1] }} {{ list.last }}",
        "4 1 1 true true",
    ),
    ("{{ list['-1'] }}{{ list['00'] }}{{ list[1.5] }}{{ list.name }}{{ s['-1'] }}", ""),
    ("{{ s.size }}{{ s.length }}{{ s[0] }}{{ s.1 }}{{ s.first }}", "55he"),
    ("{{ o.size }} {{ size }} {{ total.size }}{{ like | last }}", "2 0 x"),
    ("{{ o.empty }} {{ o['empty'] }} {% if o == empty %}y{% else %}n{% endif %}", "7 7 n"),
    ("{{ ['s'] }} {{ o[gone] }}{{ people[0]['na' ]}}{{ people.last.name }}", "hello Bob"),
]
COMPARISONS = [
    ("{% if s > 5 %}y{% else %}n{% endif %}", "n"),
    ("{% if nothing < 5 %}y{% endif %}{% if gone < 5 %}n{% endif %}", "y"),
    ("{% if '9' < '10' %}y{% else %}n{% endif %}{% if '9' < 10 %}y{% endif %}", "ny"),
    ("{% if list contains true %}y{% endif %}{% if s contains 'ell' %}y{% endif %}", "yy"),
    ("{% if o contains 'x' %}n{% endif %}{% if 'a null' contains nil %}y{% endif %}", "y"),
    (
        "{{ no and no or yes }} {{ not yes }} {{ 1 == 1.0 }} {{ yes == 1 }} {{ '1' == 1 }}",
        "false false true false false",
    ),
    ("{% if '  ' == blank and no == blank %}y{% endif %}", "y"),
    ("{% if nil == nothing and nil == gone %}y{% endif %}{{ empty == empty }}", "yfalse"),
    ("{% if 0 %}y{% endif %}{% if '' %}y{% endif %}{% if nothing %}n{% endif %}", "yy"),
]
FILTERS = [
    (
        "{{ 7 | divided_by: 0 }} {{ 7 | divided_by: 2 }} {{ 7 | divided_by: 2, true }}",
        "Infinity 3.5 3",
    ),
    ("{{ -7 | modulo: 3 }} {{ 7 | modulo: -3 }} {{ 7 | modulo: 0 }}", "2 -2 NaN"),
    (
        "{{ -2.5 | round }} {{ 2.5 | round }} {{ 1.005 | round: 2 }} {{ 1250 | round: -2 }}",
        "-3 3 1.01 1300",
    ),
    ("{{ 'x' | plus: 1 }} {{ '3.5' | times: yes }} {{ '0x1f' | minus }}", "1 3.5 NaN"),
    ("{{ list | sum }} {{ s | sum }} {{ people | sum: 'ok' }} {{ nothing | ceil }}", "2 0 1 0"),
    (
        "{{ list | join: '-' }} {{ people | json }}",
        '1-2,3--true [{"name":"Ann","ok":true},{"name":"Bob"}]',
    ),
    ("{{ list | json: 2 }}", "[\n  1,\n  [\n    2,\n    3\n  ],\n  null,\n  true\n]"),
    ("{{ people | where: 'ok' | json }}", '[{"name":"Ann","ok":true}]'),
    ("{{ people | where: 'name', 'Bob' | size }}", "1"),
    ("{{ no | default: 1 }} {{ no | default: 1, allow_false: true }}", "1 false"),
    ("{{ '' | default: 2 }} {{ 0 | default: 3 }} {{ nothing | default: gone }}", "2 0 "),
    ("{{ 'a,b,,' | split: ',' | push: 1 | unshift: nothing | compact | json }}", '["a","b",1]'),
    ("{{ list | shift | pop | size }}", "2"),
    ("{{ s | slice: 1, 3 }} {{ s | slice: -2, 9 }} {{ list | slice: 1 | json }}", "ell lo [[2,3]]"),
    ("{{ s | truncate: 4 }} {{ 'a b c' | truncatewords: 2, '!' }}", "h... a b!"),
    ("{{ '=?' | base64_decode }}{{ 'YWJj' | base64_decode }}", "abc"),
    ("{{ half | base64_encode }} {{ half | escape | size }}", "77+9IQ== 2"),
    ("{{ 'a+b%2B' | url_decode }}|{{ 'a b' | url_encode }}", "a b |a+b"),
    ('{{ "<script>x</script><b>y</b> < z" | strip_html }}', "y < z"),
    ("{{ 'Ünï  x' | slugify: 'latin' }} {{ ' x ' | strip | upcase }}", "üni-x X"),
    ("{{ '5' | to_integer }} {{ nil | size }} {{ (1..4) | last }}", "5 0 4"),
]
TAGS = [
    (
        "{% assign a = s | upcase %}{{ a }}{% capture b %}-{{ a }}{% endcapture %}{{ b }}",
        "HELLO-HELLO",
    ),
    ("{% increment s %}{{ s }}{% decrement n %}", "01-1"),
    ("{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}{% cycle 1, 2 %} a{% break %}b", "ab1 a"),
    ("x {%- if yes -%} y {%- endif -%} z {% raw %}{{ a }}{% endraw %}", "xyz {{ a }}"),
    ("{% comment %}{% if %}{% endcomment %}{% # no %}{% echo s %}", "hello"),
    ("{% liquid\n assign v = 1\n unless v == 2\n echo v\n endunless\n%}", "1"),
    ("{% if no %}a{% elsif yes %}b{% else %}c{% endif %}{% block b %}d{% endblock %}", "bd"),
]


@pytest.mark.parametrize(("source", "text"), VALUES + COMPARISONS + FILTERS + TAGS)
def test_liquid_renders_as_liquidjs_does(source, text):
    assert render(source) == text


@pytest.fixture(params=["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def _machine_in(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


DATES = [
    ("{{ ts | date: '%s' }}", "1710101109"),
    ("{{ ts | date: '%Y-%m-%d %H:%M:%S.%L %N %3N' }}", "2024-03-10 20:05:09.123 123000000 123"),
    ("{{ '2024-03-10T20:05:09+05:30' | date: '%s' }}", "1710081309"),
    (
        "{{ '2024-03-10T20:05:09' | date: '%s' }} {{ '2024-03-10' | date: '%s' }}",
        "1710101109 1710028800",
    ),
    (
        "{{ 1710101109 | date: '%c' }} {{ '1710101109' | date: '%x' }}",
        "3/10/2024, 8:05:09 PM 3/10/2024",
    ),
    ("{{ 'Mar 10 2024 8:05 PM' | date: '%s %Z %z' }}", "1710101100 UTC +0000"),
    ("{{ ts | date: '%F %H:%M %Z', 'Asia/Kolkata' }}", "%F 01:35 Asia/Kolkata"),
    ("{{ ts | date: '%H:%M %:z', 'America/New_York' }}", "16:05 -04:00"),
    ("{{ '2024-01-10' | date: '%H:%M %z', 'america/new_york' }}", "19:00 -0500"),
    ("{{ ts | date: '%H:%M %z', 360 }} {{ ts | date: '%H', nil }}", "14:05 -0600 20"),
    ("{{ ts | date }}", "Sunday, March 10, 2024 at 8:05 pm +0000"),
    ("{{ ts | date: nothing }}", "Sunday, March 10, 2024 at 8:05 pm +0000"),
    ("{{ ts | date_to_xmlschema }}", "2024-03-10T20:05:09+00:00"),
    ("{{ ts | date_to_rfc822 }}", "Sun, 10 Mar 2024 20:05:09 +0000"),
    ("{{ ts | date_to_long_string: 'ordinal' }}", "10th March 2024"),
    ("{{ nothing | date: '%Y' }}{{ gone | date }}{{ s | date: '%Y' }}", "hello"),
    (
        "{{ '2024-02-31' | date: '%e %b' }} {{ '+012345-06-07' | date: '%Y %a' }}",
        " 2 Mar 12345 Thu",
    ),
    ("{{ ts | date: '%-d %_m %^a %10Y %Q %' }}", "10  3 SUN 0000002024 %Q %"),
]


@pytest.mark.usefixtures("_machine_in")
@pytest.mark.parametrize(("source", "text"), DATES)
def test_dates_are_the_same_whatever_the_time_zone_of_the_machine(source, text):
    assert render(source) == text


@pytest.mark.usefixtures("_machine_in")
def test_the_zone_of_the_machine_is_no_zone_that_a_template_may_name():
    [problem] = validate_mapping(liquid("{{ ts | date: '%H', 'localtime' }}"))
    assert "knows no time zone 'localtime'" in problem.message


@pytest.mark.usefixtures("_machine_in")
@pytest.mark.parametrize(
    "moment",
    [
        datetime(2024, 3, 10, 20, 5, 9, tzinfo=UTC),
        datetime.fromisoformat("2024-03-10T20:05:09"),
        datetime(2024, 3, 11, 5, 5, 9, tzinfo=timezone(timedelta(hours=9))),
    ],
)
def test_a_python_date_in_an_event_is_an_instant(moment):
    assert render("{{ at | date: '%s' }}", {"at": moment}) == "1710101109"
    assert render("{{ at | date: '%s' }}", {"at": date(2024, 3, 10)}) == "1710028800"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ s | unheard_of }}", "uses the filter 'unheard_of', which is not available"),
        ("{{ s | upcas }}", r"'upcas', which is not available (did you mean 'upcase'?)"),
        ("{{ s | map: 'a' }}", "uses the filter 'map', which is not available"),
        ("{{ s | append }}", "uses the filter 'append', which needs one argument; it has 0"),
        (
            "{{ s | prepend: 1, 2 }}",
            "uses the filter 'prepend', which needs one argument; it has 2",
        ),
        ("{{ ts | date: '%H', 'Europe/Berlim' }}", "(did you mean 'Europe/Berlin'?)"),
        ("{{ ts | date: '%H', '' }}", "knows no time zone ''"),
        ("{{ list | where: 'a[' }}", "uses the filter 'where', which has a '[' without ']'"),
        ("{{ '100%' | url_decode }}", "'url_decode', which has a '%' that is not part"),
        ("{{ (1..99999999999) | size }}", "makes more than 5000000 characters and items"),
        ("{{ s", "has an output that does not end, at '{{ s'"),
        ("{% if s %}", "has a tag 'if' that is not closed"),
        ("{% if s %}{% else %}{% else %}{% endif %}", "has a tag 'else' after 'else'"),
        ("{% endif %}", "uses the tag 'endif', which is not available"),
        ("{% esle %}", "uses the tag 'esle', which is not available"),
        ("{{ }}", "has no value"),
        ("{{ s s | x", "has an output that does not end"),
        ("{{ s upcase: 1 }}", "needs '|' before a filter, at ': 1'"),
        ("{% assign = 1 %}", "needs a name to assign to, at '= 1'"),
        ("{{ a" + "[a" * 60 + "]" * 60 + " }}", "nests more than 50 brackets"),
    ],
)
def test_what_can_only_fail_is_refused_when_the_mapping_is_compiled(source, message):
    [problem] = validate_mapping({"a": liquid(source)})
    assert problem.path == "/a/@liquid"
    assert message in problem.message


@pytest.mark.parametrize("tag", ["for", "case", "include", "render", "tablerow", "layout"])
def test_a_tag_that_segment_has_switched_off_is_refused(tag):
    [problem] = validate_mapping(liquid(f"{{% {tag} x %}}"))
    assert f"uses the tag {tag!r}, which is not available" in problem.message


OFF = ["array_to_sentence_string", "concat", "find", "find_exp", "find_index", "find_index_exp"]
OFF += [
    "group_by",
    "group_by_exp",
    "has",
    "has_exp",
    "map",
    "newline_to_br",
    "reject",
    "reject_exp",
]
OFF += ["reverse", "sort", "sort_natural", "uniq", "where_exp", "type"]


@pytest.mark.parametrize("name", OFF)
def test_a_filter_that_segment_has_switched_off_is_refused(name):
    [problem] = validate_mapping({"a": liquid(f"{{{{ s | {name} }}}}")})
    assert f"uses the filter {name!r}, which is not available" in problem.message


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "{{ bad | url_decode }}",
            "'url_decode', which has a '%' that is not part of an encoded text",
        ),
        ("{{ half | url_encode }}", "'url_encode', which has half a character"),
        ("{{ ts | date: '%H', s }}", "'date', which knows no time zone 'hello'"),
        ("{{ no | default: 1, s }}", "'default', which has a third argument that is not an option"),
    ],
)
def test_a_value_with_which_liquidjs_fails_fails_here_and_the_error_names_place_and_filter(
    source, reason
):
    mapping = compile_mapping({"a": liquid(source)})
    with pytest.raises(
        MappingError, match="/a/@liquid cannot be rendered: the template uses"
    ) as refused:
        mapping({**EVENT, "bad": "100%"})
    assert reason in str(refused.value)
    assert mapping({"ts": None, "no": 1, "s": "UTC"}) is not None


@pytest.mark.parametrize(
    "source",
    [
        "{% assign a = big %}" + "{% assign a = a | append: a %}" * 20,
        "{{ big | replace: '', big }}",
        "{{ many | join: big }}",
        "{{ (1..many.size) | join: big }}",
        "{% liquid\nassign a = many\n" + "assign a = a | push: a\n" * 30 + "echo a\n%}",
        "{{ big }}" * 100 + "{{ big | append: big }}" * 4,
        "{% capture a %}{{ big }}{{ big }}{% endcapture %}" * 18,
        "{{ ts | date: '%99999999d' }}",
    ],
)
def test_a_template_that_asks_for_too_much_ends_soon_with_an_error(source):
    event = {**EVENT, "big": "<" * 200_000, "many": [1] * 1_000}
    started = time.process_time()
    with pytest.raises(MappingError, match=r"makes more than 5000000|puts more than 100000"):
        render(source, event)
    assert time.process_time() - started < 2


HOSTILE = [
    ("{{ s | plus: s }}", "1" * 200_000 + "x"),
    ("{% if s < 5 %}{% endif %}{{ (1..s) }}", "0x" + "f" * 200_000),
    ("{{ s | date: s }}", "(" * 200_000),
    ("{{ s | date: s, s }}", "Europe/" * 50_000),
    ("{{ s | strip_html }}{{ s | split: s }}", "<script" * 50_000),
    ("{{ s | strip_html }}{{ s | escape_once }}", "<!--&" * 50_000),
    ("{{ s | url_decode }}{{ s | slugify }}", "%41" * 50_000),
    ("{{ s | base64_decode }}{{ s | truncatewords }}", "= A" * 50_000),
    ("{{ s | normalize_whitespace | strip | size }}", " " * 200_000 + "x"),
    ("{{ s | slice: -5, 3 }}{{ s.size }}{{ s[9] }}{{ s | truncate: 9 }}", "😀" * 200_000),
    ("{{ s | number_of_words: 'auto' }}{{ s | capitalize }}", "日 " * 100_000),
    ("{{ s | compact | join | size }}{% if s == s %}{% endif %}", [[]] * 100_000),
]


@pytest.mark.parametrize(("source", "value"), HOSTILE)
def test_hostile_events_take_no_more_than_linear_time(source, value):
    mapping = compile_mapping(liquid(source))
    started = time.process_time()
    with contextlib.suppress(MappingError):
        mapping({"s": value})
    assert time.process_time() - started < 1.5


@pytest.mark.parametrize("path", ["a." * 1_000, "['a" * 400, "[" * 1_001])
def test_a_path_that_an_event_gives_is_bounded(path):
    message = r"has a path of more than 1000 characters|nests more than 50 brackets"
    with pytest.raises(MappingError, match=message):
        render("{{ people | where: path }}", {**EVENT, "path": path})


class Watched(Mapping):
    """An object that can be asked for a key, and for nothing else."""

    def __init__(self, items):
        self.items_ = items
        self.asked = []

    def __getitem__(self, key):
        self.asked.append(key)
        return self.items_[key]

    def __iter__(self):
        raise AssertionError("the event is walked through")

    def __len__(self):
        raise AssertionError("the event is counted")


def test_an_event_is_neither_copied_nor_walked_through():
    inner = Watched({"b": "x"})
    event = Watched({"a": inner, "other": {}})
    assert render("{{ a.b }}{% increment a %}", event) == "x0"
    assert (set(event.asked), inner.asked) == ({"a"}, ["b"])


def test_a_counter_does_not_change_the_event():
    event = {"n": 1}
    assert render("{% increment n %}{% increment n %}{{ n }}", event) == "123"
    assert event == {"n": 1}


def test_what_one_event_has_assigned_is_gone_for_the_next():
    mapping = compile_mapping(
        liquid("{{ v }}{% if a %}{% assign v = a %}{% endif %}{{ v }}{% cycle 1, 2 %}")
    )
    assert [mapping({"a": 5}), mapping({})] == ["51", "1"]


def test_an_event_that_is_too_deep_is_an_error():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(MappingError, match="nested too deeply"):
        render("{{ deep | json }}", {"deep": deep})
    while deep:  # taken apart from outside, or its own destructor is too deep
        deep = deep.pop()
