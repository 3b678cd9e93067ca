"""Redirects: ours, refused, forged, mangled."""

from urllib.parse import urlencode

import pytest
from hypothesis import given, strategies as st

from portcall import AuthenticationError
from portcall.schemes.oauth2.redirected import code_of

BASE = "http://127.0.0.1:8123/callback"


def code(query, issuer=None, state="s1"):
    text = query if isinstance(query, str) else urlencode(query)
    return code_of(f"{BASE}?{text}", state=state, issuer=issuer)


def refused(query, issuer=None):
    with pytest.raises(AuthenticationError) as caught:
        code(query, issuer)
    return str(caught.value)


def test_the_code_of_our_answer():
    assert (
        code({"code": "SplxlOBeZQQYbYS6WxSbIA", "state": "s1"}).reveal() == "SplxlOBeZQQYbYS6WxSbIA"
    )


def test_a_pasted_address_with_white_space_and_a_fragment():
    pasted = f"  {BASE}?code=c%2B1&state=s1#_=_\n"
    assert code_of(pasted, state="s1", issuer=None).reveal() == "c+1"


@pytest.mark.parametrize("state", ["", "s", "s11", "S1", "s\ud8001"])
def test_another_state_is_not_ours(state):
    pairs = f"code=c&state={state.encode('utf-8', 'surrogatepass')!r}"
    assert "does not belong" in refused(pairs)


def test_an_empty_state_never_equals_an_empty_pending():
    with pytest.raises(AuthenticationError, match="does not belong"):
        code({"code": "c", "state": ""}, state="")


def test_the_state_is_looked_at_before_anything_that_is_said():
    text = refused({"error": "access_denied", "error_description": "call 555-1234", "state": "x"})
    assert "does not belong" in text
    assert "555" not in text
    assert "declined" not in text


def test_a_refusal_without_state_is_not_believed_but_its_word_is_told():
    text = refused({"error": "access_denied", "error_description": "call 555-1234"})
    assert "does not belong" in text
    assert "declined" in text
    assert "555" not in text


def test_a_refusal_is_readable():
    text = refused(
        {"error": "access_denied", "error_description": "Not\ttoday\x1b[0m", "state": "s1"}
    )
    assert text == "the person or the destination declined (access_denied): Not today [0m"


def test_an_unknown_refusal_keeps_its_word():
    assert "vendor_specific" in refused({"error": "vendor_specific", "state": "s1"})
    assert "no reason given" in refused({"error": "", "state": "s1"})


@pytest.mark.parametrize("iss", [None, "", "https://evil.example", "https://as.example/"])
def test_another_issuer_or_none_is_refused_where_one_is_declared(iss):
    query = {"code": "c", "state": "s1", **({"iss": iss} if iss is not None else {})}
    assert "(iss)" in refused(query, issuer="https://as.example")


def test_the_right_issuer_passes_and_an_undeclared_one_is_not_looked_at():
    query = {"code": "c", "state": "s1", "iss": "https://as.example"}
    assert code(query, issuer="https://as.example").reveal() == "c"
    assert code(query).reveal() == "c"


@pytest.mark.parametrize("name", ["code", "state", "iss", "other"])
def test_a_parameter_twice_is_refused(name):
    query = f"code=c&state=s1&iss=i&other=1&{name}=again"
    assert "twice" in refused(query)


@pytest.mark.parametrize("query", ["state=s1", "code=&state=s1"])
def test_an_answer_without_code(query):
    assert "holds no code" in refused(query)


@pytest.mark.parametrize("url", ["", BASE, BASE + "?", "c0de", f"{BASE}#code=c&state=s1", "?" * 9])
def test_what_holds_no_answer(url):
    with pytest.raises(AuthenticationError):
        code_of(url, state="s1", issuer=None)


@pytest.mark.parametrize("query", ["code=%ff&state=s1", "a=1&" * 60, "x=" + "y" * 70_000])
def test_what_no_browser_sends(query):
    assert "holds no answer" in refused(query)


@given(st.text(), st.text())
def test_nothing_but_a_code_or_an_error_of_ours_comes_out(text, state):
    try:
        said = code_of(f"{BASE}?{text}", state=state, issuer=None).reveal()[:0]
    except AuthenticationError as error:
        said = str(error)
    assert said.isprintable()
