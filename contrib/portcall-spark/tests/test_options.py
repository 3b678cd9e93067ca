"""Options of a data source: read from text, and refused by their names."""

from __future__ import annotations

import pytest

from portcall import SettingsError
from portcall_spark import Work


def test_options_are_read_whatever_the_case_of_their_names():
    work = Work.of({"CONNECTION": "shop", "action": "track", "Sync_Mode": "add"})
    assert (work.connection, work.sync_mode) == ("shop", "add")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"action": "track"}, "'connection' is missing"),
        ({"connection": "shop"}, "'action' is missing"),
        ({"connection": "shop", "action": "track", "mapings": "{}"}, "did you mean 'mapping'"),
        ({"connection": "shop", "action": "track", "mapping": "{"}, "'mapping' is not JSON"),
        (
            {"connection": "shop", "action": "track", "workers": "many"},
            "'workers' is a whole number",
        ),
    ],
)
def test_an_option_that_cannot_be_used_is_named(options, said):
    with pytest.raises(SettingsError, match=said):
        Work.of(options)


def test_two_jobs_without_a_name_are_two_runs():
    options = {"connection": "shop", "action": "track"}
    assert Work.of(options).run != Work.of(options).run
