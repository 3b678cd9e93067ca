"""The tables on the pages of schemes are made of the tests of these schemes."""

import pytest

from .scheme_tables import TABLES


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.scheme)
def test_the_table_of_a_scheme_is_made_of_its_tests(table):
    assert table.page.read_text() == table.expected(), "run python -m tests.docs.scheme_tables"
