"""Liquid against texts recorded from LiquidJS, for a machine without Node."""

import json
from pathlib import Path

from portcall.actions.mapping.authoring import liquid
from portcall.actions.mapping.compiler import compile_mapping
from portcall.errors import MappingError

CASES = Path(__file__).with_name("cases")
AS_ISO = liquid("{{ at | date: '%Y-%m-%dT%H:%M:%S.%L' }}")


def render(source, event):
    try:
        return compile_mapping(liquid(source))(event)
    except MappingError:
        return None


def test_a_template_makes_the_recorded_text_or_fails_where_liquidjs_failed():
    recorded = json.loads((CASES / "liquid_render.json").read_text())
    events, cases = recorded["events"], recorded["cases"]
    made = [[source, event, render(source, events[event])] for source, event, _text in cases]
    assert [pair for pair in zip(made, cases, strict=True) if pair[0] != pair[1]] == []
    assert len(cases) == 1350


def test_a_text_is_the_recorded_date_or_stays_as_it_is():
    recorded = json.loads((CASES / "liquid_dates.json").read_text())
    to_iso = compile_mapping(AS_ISO)
    wanted = [text if moment is None else moment for text, moment in recorded]
    assert [to_iso({"at": text}) for text, _moment in recorded] == wanted
    assert len(recorded) == 551
