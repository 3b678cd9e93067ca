"""Error pages in HTML are shown as their text."""

from portcall.redaction.bodies import redact_body
from portcall.redaction.text import Redactor

PAGE = """<!DOCTYPE html>
<html><head><title>403 Forbidden</title><style>body { color: red }</style>
<script>var token = "abc123";</script></head>
<body><h1>Forbidden</h1><p>You don&#39;t have access to <b>/track</b>.</p><!-- proxy 7 --></body></html>
"""


def test_an_html_page_is_shown_as_its_text():
    said = redact_body(PAGE.encode(), Redactor(()))
    assert said == "403 Forbidden Forbidden You don't have access to /track ."


def test_a_page_with_a_long_style_sheet_is_shown_too():
    page = PAGE.replace("color: red", "color: red;" * 1500)
    assert "You don't have access" in redact_body(page, Redactor(()))


def test_no_secret_comes_out_of_a_page():
    page = "<html><body>password: <b>hunter2hunter2x9</b> and key s3cr&#101;t-k3y</body></html>"
    said = redact_body(page, Redactor(("s3cret-k3y",)))
    assert "hunter2" not in said
    assert "s3cret" not in said


def test_very_many_comments_before_a_page_cost_no_time():
    assert redact_body("<!--a-->" * 300 + "x", Redactor(())).startswith("<!--a-->")


def test_what_is_no_page_stays_as_it_is():
    assert redact_body('{"html": "<b>x</b>"}', Redactor(())) == '{"html": "<b>x</b>"}'
    assert redact_body("<error>no</error>", Redactor(())) == "<error>no</error>"
