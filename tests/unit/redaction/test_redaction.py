"""No secret comes out of an error, a log line or an excerpt, however it is spelled there."""

import base64
import html
import io
import json
import pickle
import re
import traceback
import unicodedata
import urllib.parse
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import assume, example, given, settings, strategies as st
from rich.console import Console
from rich.traceback import Traceback

from portcall.model.auth import Auth
from portcall.model.http_request import ClientCertificate, Request
from portcall.model.http_response import Response
from portcall.redaction.bodies import redact_body
from portcall.redaction.exceptions import forget_frames, redact_exception
from portcall.redaction.text import Redactor, secrets_in
from portcall.secret import MASK, Secret

PLAIN_TOKEN = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
NASTY = 'pä$$ "w\'ö\\rd" /%41+&<ключ>\n\t😀~=?;'
PEM = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(
    f"MIIEvQ{n}IBADANBgkqhkiG9w0BAQEF" for n in range(9)
)


# Every spelling below is written with the standard library or by hand: nothing of the code under test.


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _pair(user: str, alphabet: str = "std") -> Callable[[str], str]:
    encode = base64.b64encode if alphabet == "std" else base64.urlsafe_b64encode
    return lambda value: encode(_raw(f"{user}:{value}")).decode()


def _around(before: bytes, after: bytes, alphabet: str = "std") -> Callable[[str], str]:
    encode = base64.b64encode if alphabet == "std" else base64.urlsafe_b64encode
    return lambda value: encode(before + _raw(value) + after).decode()


def _percent(value: str, safe: str = "", *, lower: bool = False) -> str:
    digits = "%{:02x}" if lower else "%{:02X}"
    kept = safe + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._"
    return "".join(chr(b) if chr(b) in kept else digits.format(b) for b in _raw(value))


def _units(value: str, form: str) -> str:
    units = value.encode("utf-16-be", "surrogatepass")
    return "".join(form.format(int.from_bytes(units[i : i + 2])) for i in range(0, len(units), 2))


def _json(value: str, *, ascii_only: bool = True) -> str:
    return json.dumps(value, ensure_ascii=ascii_only)[1:-1]


def _slashed(value: str) -> str:
    return _json(value).replace("/", "\\/")


def _careful(value: str) -> str:
    """Escape as the JSON writers of Go, .NET and Gson do."""
    text = _json(value)
    for special in "<>&='+`":
        text = text.replace(special, f"\\u{ord(special):04X}")
    return text


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda v: base64.b64encode(_raw(v)).decode(),
    "base64 unpadded": lambda v: base64.b64encode(_raw(v)).decode().rstrip("="),
    "base64url": lambda v: base64.urlsafe_b64encode(_raw(v)).decode(),
    "base64url unpadded": lambda v: base64.urlsafe_b64encode(_raw(v)).decode().rstrip("="),
    "pair, 1": _pair("u"),
    "pair, 2": _pair("us"),
    "pair, 3": _pair("use"),
    "pair, url": _pair("us", "url"),
    "value as user": _around(b"", b":x"),
    "inside 0": _around(b"abc", b"de"),
    "inside 1": _around(b"\xffbcd", b"e", "url"),
    "inside 2": _around(b"ab\xfe", b"\xfb\xff"),
    "percent": lambda v: urllib.parse.quote(_raw(v)),
    "percent, nothing safe": lambda v: urllib.parse.quote(_raw(v), safe=""),
    "percent, lower": lambda v: _percent(v, "~", lower=True),
    "percent, encodeURIComponent": lambda v: _percent(v, "~!*'()"),
    "percent, path": lambda v: _percent(v, "~!$&'()*+,;=:@/"),
    "percent, all": lambda v: "".join(f"%{b:02X}" for b in _raw(v)),
    "percent, all, lower": lambda v: "".join(f"%{b:02x}" for b in _raw(v)),
    "percent, twice": lambda v: urllib.parse.quote(urllib.parse.quote(_raw(v), safe="")),
    "form": lambda v: urllib.parse.quote_plus(_raw(v)),
    "form, lower": lambda v: _percent(v, " ", lower=True).replace(" ", "+"),
    "json": _json,
    "json, not ascii": lambda v: _json(v, ascii_only=False),
    "json, slashes": _slashed,
    "json, careful": _careful,
    "json, all": lambda v: _units(v, "\\u{:04x}"),
    "json, all, upper": lambda v: _units(v, "\\u{:04X}"),
    "json in json": lambda v: json.dumps(json.dumps(v))[3:-3],
    "json in json in repr": lambda v: repr(json.dumps(json.dumps(v)))[4:-4],
    "json in form": lambda v: urllib.parse.quote_plus(json.dumps(v)),
    "hex": lambda v: _raw(v).hex(),
    "hex, upper": lambda v: _raw(v).hex().upper(),
    "repr": lambda v: repr(v)[1:-1],
    "repr, both quotes": lambda v: repr(v + "'\"")[1:-4],
    "ascii": lambda v: ascii(v)[1:-1],
    "repr of bytes": lambda v: repr(_raw(v))[2:-1],
    "bytes, all": lambda v: "".join(f"\\x{b:02x}" for b in _raw(v)),
    "bytes as latin-1": lambda v: _raw(v).decode("latin-1"),
    "html": html.escape,
    "html, decimal": lambda v: "".join(f"&#{ord(c)};" for c in v),
    "html, hex": lambda v: "".join(f"&#x{ord(c):X};" for c in v),
    "base64, in a query": lambda v: urllib.parse.quote(base64.b64encode(_raw(v)), safe=""),
    "base64, slashes": lambda v: base64.b64encode(_raw(v)).decode().replace("/", "\\/"),
}


def _in_base64(text: str, data: bytes) -> bool:
    """Return whether *data* comes out of any run of base64 digits, read from any of its digits on."""
    runs = text.replace("-", "+").replace("_", "/").replace("\\/", "/")
    digits = "".join(c if c.isascii() and (c.isalnum() or c in "+/") else " " for c in runs)
    reads = [run[start:] for run in digits.split() for start in range(4)]
    return any(data in base64.b64decode(read[: len(read) // 4 * 4]) for read in reads)


def leaks(text: str, value: str) -> list[str]:
    """Name the spellings in which *value* stands in *text*, whole or but for one end."""
    found = [name for name, spell in SPELLINGS.items() if spell(value) in text]
    found += ["percent-decoded"] * (value in urllib.parse.unquote_plus(text))
    data = _raw(value)
    return found + ["base64-decoded"] * any(
        _in_base64(text, each) for each in (data[1:], data[:-1])
    )


@pytest.mark.parametrize(
    "value", [PLAIN_TOKEN, NASTY, PEM, "пароль", "a b+c/d", "\ud800lone\udfff", "12345678"]
)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_masked(spelling: str, value: str) -> None:
    form = SPELLINGS[spelling](value)
    text = f'before <"{form}"> after, and {form} again'
    shown = Redactor([value])(text)
    assert leaks(shown, value) == []
    assert MASK in shown
    assert shown.startswith('before <"')
    assert "> after, and " in shown
    assert shown.endswith(" again")


@given(
    secret=st.text(min_size=6, max_size=40), before=st.text(max_size=20), after=st.text(max_size=20)
)
@example(secret="000000", before="00", after="0")
@example(secret="\\\\\\\\\\\\", before="x", after="\\")
@example(secret="%25%25", before="25", after="%25")
@example(secret="0*****", before="00**", after="**")
@example(secret="++++++", before="", after=" ")
@settings(derandomize=True, deadline=None, max_examples=150)
def test_no_spelling_of_any_secret_survives(secret: str, before: str, after: str) -> None:
    # The start of an escape would take the first characters of what follows into itself.
    assume(not re.search(r"(%[0-9a-fA-F]?|\\[\w\\]*|&[#\w]*)$", before))
    redactor = Redactor([secret])
    for name, spell in SPELLINGS.items():
        shown = redactor(before + spell(secret) + after)
        assert spell(secret) not in shown, name
        assert redactor(shown) == shown, name


@given(
    secrets=st.lists(st.text(max_size=30), max_size=5),
    text=st.text(alphabet=st.characters(codec=None), max_size=200),
)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_any_text_and_any_secrets_are_fine(secrets: list[str], text: str) -> None:
    redactor = Redactor(secrets)
    whole = "".join([text, *secrets, text])
    shown = redactor(whole)
    assert redactor(shown) == shown
    assert not [value for value in secrets if len(value) >= 6 and value in shown]
    assert len(redact_body(whole, redactor, 50)) <= 50
    kinds = set(map(unicodedata.category, redact_body(whole, redactor, 50)))
    assert kinds.isdisjoint({"Cc", "Cs", "Zl", "Zp"})


def test_a_text_without_secrets_stays_as_it_is() -> None:
    text = r"100% of %41 \u0041 \\ &amp; &lt; YWJj ключ 😀 \d"
    assert Redactor([PLAIN_TOKEN, NASTY, "ab"])(text) == text
    assert Redactor()(text) == text
    assert Redactor([""])(text) == text


def test_overlapping_secrets_leave_nothing() -> None:
    redactor = Redactor(["abcdefgh", "efghijkl", "abcd", "hijklmno"])
    assert redactor("<abcdefghijklmno>") == "<***>"
    assert redactor("<abcd efghijkl>") == "<*** ***>"


def test_a_secret_that_overlaps_itself_leaves_nothing() -> None:
    assert Redactor(["abcabc"])("<abcabcabc>") == "<***>"


def test_base64_shows_only_what_is_not_of_the_secret() -> None:
    for size in range(9):
        user = "user-name"[:size] + ":"
        shown = Redactor([PLAIN_TOKEN])(f"<{_pair(user[:-1])(PLAIN_TOKEN)}>")
        theirs = base64.b64encode(user.encode()).decode()[: 8 * len(user) // 6]
        assert shown in {f"<{theirs}***>", f"<{theirs[:-1]}***>"}


def test_the_longer_secret_wins() -> None:
    assert Redactor(["token", "token-and-more"])("token-and-more token") == "*** ***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HTTP 412 from port 1200", "HTTP 412 from port 1200"),
        ("pin=12", "pin=***"),
        ('{"pin":"12"}', '{"pin":"***"}'),
        ("12", "***"),
        ("a 12 b", "a *** b"),
        ("https://u:12@host/12/x12", "https://u:***@host/***/x12"),
        ("pin%3D12%26", "pin%3D***%26"),
        (r"{\"pin\":\"12\"}", r"{\"pin\":\"***\"}"),
        ("base64 MTI= MTI", "base64 *** ***"),
        ("hex 3132", "hex ***"),
        (f"Basic {_pair('user')('12')}", "Basic ***"),
        (f"authorization: basic {_pair('us')('12')}", "authorization: basic ***"),
        (f"Basic {_pair('user')('123')}", f"Basic {_pair('user')('123')}"),
        ("Basic authentication, basic x", "Basic authentication, basic x"),
        ("é12é", "é12é"),
    ],
)
def test_a_short_secret_is_masked_where_it_stands_alone(text: str, shown: str) -> None:
    assert Redactor(["12"])(text) == shown
    assert Redactor(["12"])(shown) == shown


def test_a_short_secret_of_signs_leaves_words_alone() -> None:
    assert Redactor(["-", "a!"])("2024-01-02 - a!b xa!") == "2024-01-02 *** ***b xa!"


def test_four_characters_are_masked_anywhere() -> None:
    assert Redactor(["1234"])("x1234x") == "x***x"


def test_values_are_also_known_trimmed_normalised_and_by_line() -> None:
    assert Redactor([f"  {PLAIN_TOKEN}\n"])(f"<{PLAIN_TOKEN}>") == "<***>"
    assert Redactor([" two words "])("<two words>") == "<***>"
    assert Redactor(["caf\u00e9 secret"])("<cafe\u0301 secret>") == "<***>"
    line = PEM.splitlines()[4]
    assert Redactor([PEM])(f"bad line 4: {line!r}") == "bad line 4: '***'"
    assert Redactor([PEM])("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


def test_the_start_of_a_large_text_shows_no_half_secret() -> None:
    for size in range(90, 140):
        shown = Redactor([PLAIN_TOKEN]).start("x" * 100 + PLAIN_TOKEN + "y" * 1000, size)
        assert shown.rstrip("y") in {"x" * min(size, 100), "x" * 100 + MASK}
        assert len(shown) <= size
    assert Redactor([PLAIN_TOKEN]).start(PLAIN_TOKEN, 200) == MASK
    assert Redactor().start("abc", 2) == "ab"


def test_a_redactor_shows_no_values_itself() -> None:
    redactor = Redactor([Secret(PLAIN_TOKEN)])
    redactor("warm")
    shown = [repr(getattr(redactor, name)) for name in dir(redactor)]
    assert leaks(" ".join([repr(redactor), *shown]), PLAIN_TOKEN) == []
    with pytest.raises(TypeError, match="cannot be copied or pickled"):
        pickle.dumps(redactor)
    with pytest.raises(TypeError, match="a list of secrets"):
        Redactor(PLAIN_TOKEN)


def test_values_are_prepared_when_the_first_text_comes() -> None:
    asked = []

    def give() -> list[str]:
        asked.append(1)
        return [PLAIN_TOKEN]

    redactor = Redactor(give)
    assert asked == []
    assert redactor(PLAIN_TOKEN) == redactor(PLAIN_TOKEN) == MASK
    assert asked == [1]
    assert Redactor(value for value in [PLAIN_TOKEN])(PLAIN_TOKEN) == MASK


@attrs.frozen
class Settings:
    name: str
    api_key: Secret
    nested: object = None


def test_secrets_are_collected_wherever_they_are() -> None:
    certificate = ClientCertificate(certificate="public", private_key=Secret("private"))
    auth = Auth(
        access_token="access", client_secret="client", state={"x": Secret("state"), "y": "no"}
    )
    request = Request(
        method="GET", url="/", headers={"A": Secret("header")}, client_certificate=certificate
    )
    found = secrets_in(
        Settings("no", Secret("key"), [{"deep": (Secret("deep"),)}, {Secret("member")}]),
        auth,
        request,
    )
    assert set(found) == {"key", "deep", "member", "access", "client", "state", "header", "private"}
    assert secrets_in(Secret("a"), [Secret("a")], None, "text", b"bytes", 1) == ["a"]


def test_collecting_is_bounded_and_never_fails() -> None:
    class Hostile(dict[str, object]):
        def items(self) -> Any:
            raise RuntimeError

    loop: list[object] = [Secret("found"), Hostile(a=1), range(10**12)]
    loop.append(loop)
    lost = pickle.loads(pickle.dumps(Secret("lost")))
    assert secrets_in(lost, loop) == ["found"]
    assert Redactor([lost])("lost") == "lost"
    assert Redactor.of(loop)("found it") == "*** it"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            '{"access_token":"a","token_type":"bearer"}',
            '{"access_token":"***","token_type":"bearer"}',
        ),
        (
            '{"refreshToken": "a\\"b", "id_token" : \'c\'}',
            '{"refreshToken": "***", "id_token" : \'***\'}',
        ),
        (
            '{"b":"{\\"client_secret\\":\\"a\\",\\"n\\":1}"}',
            '{"b":"{\\"client_secret\\":\\"***\\",\\"n\\":1}"}',
        ),
        ("access_token=a&token_type=bearer&x=1", "access_token=***&token_type=bearer&x=1"),
        ("https://h/cb?x=1&api_key=k#session=s", "https://h/cb?x=1&api_key=***"),
        (
            "<r><Token>a</Token><w:Password T='x'>p</w:Password></r>",
            "<r><Token>***</Token><w:Password T='x'>***</w:Password></r>",
        ),
        (
            "<secret><![CDATA[a]]></secret><token_type>b</token_type>",
            "<secret>***]]></secret><token_type>b</token_type>",
        ),
        (
            "Authorization: Bearer abcdef\r\nX-Api-Key: k1\r\nHost: h",
            "Authorization: *** X-Api-Key: *** Host: h",
        ),
        ("Cookie: a=b; c=d\nHost: h", "Cookie: *** Host: h"),
        (
            'password => "p", apikey=\'k\', passwd="q',
            'password => "***", apikey=\'***\', passwd="***',
        ),
        (
            '{"pin":1234,"otp":"000000","session":{"id":"a"},"id":5}',
            '{"pin":***,"otp":"***","session":***,"id":5}',
        ),
        ('{"error":"invalid_token","code":404}', '{"error":"invalid_token","code":404}'),
        (
            '{"code":"invalid_grant","error_code":"E1001"}',
            '{"code":"invalid_grant","error_code":"E1001"}',
        ),
        ('{"code":"InvalidAuthenticationToken"}', '{"code":"InvalidAuthenticationToken"}'),
        ('{"code":"AADSTS700082"}', '{"code":"AADSTS700082"}'),
        ("code=SplxlOBeZQQYbYS6WxSbIA&state=ok", "code=***&state=ok"),
        ('{"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS"}', '{"device_code":"***"}'),
        ('{"key":"email","monkey":"b","tokens":5}', '{"key":"email","monkey":"b","tokens":5}'),
        (
            '{"token":null,"secret":true,"max_tokens":10}',
            '{"token":null,"secret":true,"max_tokens":10}',
        ),
        ('{"password":["This field is required."]}', '{"password":["This field is required."]}'),
        ('{"token":"can\'t be blank"}', '{"token":"can\'t be blank"}'),
        ('{"token":"Bearer abc def"}', '{"token":"***"}'),
        ("invalid token: expected a string", "invalid token: expected a string"),
        ("author=bob&compass=north&spin=1&design=2", "author=bob&compass=north&spin=1&design=2"),
        ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc.", "got ***"),
        ("got Bearer ya29.a0AfH6SMBx-1234567 there", "got Bearer *** there"),
        ("Bearer authentication required", "Bearer authentication required"),
        ("at https://user:pw@host/x", "at https://***@host/x"),
        ('OAuth oauth_signature="a%3D", realm="r"', 'OAuth oauth_signature="***", realm="r"'),
        ('{"access_token":"cut1', '{"access_token":"***'),
        ("", ""),
        ("\x1b[31mred\u202e\r\n\ttext\ud800!", "[31mred text !"),
        ("binary\0", "(not text)"),
        (b"caf\xc3\xa9 \xff token=1", "café \ufffd token=***"),
    ],
)
def test_an_excerpt_hides_what_looks_like_a_credential(body: str | bytes, shown: str) -> None:
    assert redact_body(body, Redactor()) == shown


def test_an_excerpt_hides_known_values_and_is_short() -> None:
    redactor = Redactor([PLAIN_TOKEN, "two words"])
    for spell in SPELLINGS.values():
        shown = redact_body(f"{'a ' * 130}{spell(PLAIN_TOKEN)} {'b' * 400}", redactor)
        assert leaks(shown, PLAIN_TOKEN) == []
        assert len(shown) <= 300
    assert redact_body("two\nwords", redactor) == MASK
    assert redact_body("a" * 100, redactor, 10) == "aaaaaaaaa…"
    assert (
        redact_body(f"{PLAIN_TOKEN} " * 400 + PLAIN_TOKEN[:-2] + "!" * 9000, redactor).count("_")
        == 0
    )


@pytest.mark.parametrize(
    "piece",
    [
        "\\",
        "token=",
        "token ",
        'token="',
        "<token ",
        "eyJaaaaaaaaa-",
        "bearer ",
        "://a:",
        "%25",
        "&amp;",
        "code=a1a",
    ],
)
def test_an_excerpt_of_a_hostile_body_takes_no_time(piece: str) -> None:
    assert len(redact_body(piece * 500_000, Redactor([PLAIN_TOKEN]))) <= 300


class StrangeError(Exception):
    """An error whose text is made of attributes."""

    def __init__(self, **values: object) -> None:
        super().__init__()
        vars(self).update(values)

    def __str__(self) -> str:
        return "".join(f"{value}" for value in vars(self).values())


@attrs.frozen
class FrozenError(Exception):
    key: str


class Shows:
    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"<Shows {self.value}>"


class Breaks:
    def __repr__(self) -> str:
        raise RuntimeError


def _raised(work: Callable[..., object], *arguments: object) -> Exception:
    with pytest.raises((ValueError, ExceptionGroup)) as caught:
        work(*arguments)
    error: Exception = caught.value
    return error


def _errors(value: str) -> Iterator[BaseException]:
    data = _raw(value)
    yield ValueError(f"bad key {value}")
    yield ValueError(data, [value, {value: (value, {value})}], frozenset([value]), bytearray(data))
    yield KeyError(value)
    yield OSError(2, f"no {value}", f"/home/{value}", None, f"/tmp/{value}")
    yield OSError(2, "no", Path(value.replace("/", "").replace("\0", "")))
    yield UnicodeEncodeError("ascii", f"é{value}", 0, 1, f"bad {value}")
    yield UnicodeDecodeError("utf-8", b"\xff" + data, 0, 1, f"bad {value}")
    yield UnicodeTranslateError(f"é{value}", 0, 1, f"bad {value}")
    yield json.JSONDecodeError(f"no {value}", f'{{"key": {value}', 3)
    yield SyntaxError(f"bad {value}", ("file", 1, 2, f"key = {value}"))
    yield ImportError(f"no {value}", name=value, path=value)
    yield StopIteration(value)
    yield SystemExit(value)
    yield StrangeError(key=value, data=data, keys=[value], table={"k": value})
    yield StrangeError(key=Secret(value))
    yield StrangeError(
        key=Shows(value), settings=Settings("a", Secret(value)), other=OrderedDict(a=value)
    )
    yield StrangeError(half=value[: len(value) // 2], rest=value[len(value) // 2 :])
    yield FrozenError(value)
    yield ExceptionGroup("group", [ValueError(value), ExceptionGroup("inner", [KeyError(value)])])
    yield _raised(int, value + "x")
    yield _raised(value.encode, "ascii") if not value.isascii() else ValueError(value)
    yield _raised(json.loads, f'{{"key": {value}')


def _shown(exc: BaseException) -> str:
    """Return all that the standard library and rich show of an error, locals included."""
    lines = traceback.TracebackException.from_exception(exc, capture_locals=True).format()
    stream = io.StringIO()
    console = Console(file=stream, width=100_000)
    console.print(Traceback.from_exception(type(exc), exc, exc.__traceback__, show_locals=True))
    slots = [getattr(exc, name, None) for name in dir(exc) if not name.startswith("__")]
    parts = (str(exc), repr(exc), repr(exc.args), repr(vars(exc)), repr(slots))
    return "\n".join([*lines, *parts, stream.getvalue()])


@pytest.mark.parametrize("value", [PLAIN_TOKEN, NASTY], ids=["plain", "nasty"])
@pytest.mark.parametrize("number", range(len(list(_errors("x")))))
def test_an_exception_is_redacted_in_place(value: str, number: int) -> None:
    exc = list(_errors(value))[number]
    kind, redactor = type(exc), Redactor([value])
    exc.add_note(f"while using {value}")
    redact_exception(exc, redactor)
    forget_frames(exc)
    once = _shown(exc)
    assert leaks(once, value) == []
    assert type(exc) is kind
    assert exc.__notes__ == ["while using ***"]
    redact_exception(exc, redactor)
    assert _shown(exc) == once


def test_the_text_of_a_unicode_error_shows_no_character_of_a_secret() -> None:
    exc = _raised("Bearer sécret-key".encode, "ascii")
    redact_exception(exc, Redactor(["sécret-key"]))
    expected = "'ascii' codec can't encode characters in position 0-9: ordinal not in range(128)"
    assert str(exc) == expected


def test_everything_an_exception_leads_to_is_redacted() -> None:
    made = []

    def held(number: int) -> ValueError:
        made.append(ValueError(f"{number} {PLAIN_TOKEN}"))
        return made[-1]

    exc = held(0)
    exc.__cause__, exc.__context__ = held(1), held(2)
    exc.__context__.__suppress_context__ = True
    exc.args += (held(3), [held(4)])
    exc.reason = held(5)  # type: ignore[attr-defined]
    exc.__cause__.__cause__ = ExceptionGroup("", [held(6), ExceptionGroup("", [held(7)])])
    exc.__context__.__context__ = held(8)
    exc.__context__.__context__.__context__ = exc.__cause__.__cause__
    redact_exception(exc, Redactor([PLAIN_TOKEN]))
    assert leaks(_shown(exc), PLAIN_TOKEN) == []
    assert [each.args[0] for each in made] == [f"{number} ***" for number in range(9)]


def test_a_cycle_of_exceptions_ends() -> None:
    first, second = ValueError(PLAIN_TOKEN), ValueError(PLAIN_TOKEN)
    first.__context__, second.__cause__ = second, first
    loop: list[object] = [PLAIN_TOKEN]
    loop.append(loop)
    first.args = (first, loop)
    redact_exception(first, Redactor([PLAIN_TOKEN]))
    assert leaks(repr(first.args) + repr(second), PLAIN_TOKEN) == []


def test_what_shows_no_secret_is_left_as_it_is() -> None:
    body, table = Response(status=400, body=_raw(PLAIN_TOKEN)), {"a": [1, 2.5, None, True, b"x"]}
    exc = ValueError()
    exc.args = arguments = (table, 13, 123_456_789)
    vars(exc).update(response=body, table=table, errno=13)
    redact_exception(exc, Redactor([PLAIN_TOKEN, "13"]))
    assert exc.args is arguments
    assert vars(exc) == {"response": body, "table": table, "errno": 13}
    assert vars(exc)["table"] is table


def test_what_others_own_is_copied_and_not_changed() -> None:
    mine = {"key": PLAIN_TOKEN}
    exc = ValueError(mine)
    redact_exception(exc, Redactor([PLAIN_TOKEN]))
    assert exc.args == ({"key": MASK},)
    assert mine == {"key": PLAIN_TOKEN}


def test_redacting_never_raises() -> None:
    def broken() -> list[str]:
        raise RuntimeError

    class LockedError(Exception):
        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(name)

        def __str__(self) -> str:
            raise RuntimeError

    exc = ValueError(Breaks(), PLAIN_TOKEN, 10**5000, [[]] * 100_000)
    redact_exception(exc, Redactor([PLAIN_TOKEN]))
    assert exc.args == (MASK, MASK, MASK, MASK)
    locked = LockedError(PLAIN_TOKEN)
    redact_exception(locked, Redactor([PLAIN_TOKEN]))
    forget_frames(locked)
    assert locked.args == (MASK,)
    unknown = ValueError("text")
    redact_exception(unknown, Redactor(broken))
    assert unknown.args == (MASK,)


def test_a_huge_text_in_an_exception_is_cut() -> None:
    exc = ValueError(
        "a" * 65_530 + PLAIN_TOKEN + "b" * 1_000_000, b"a" * 65_530 + _raw(PLAIN_TOKEN) * 9000
    )
    redact_exception(exc, Redactor([PLAIN_TOKEN]))
    assert exc.args == ("a" * 65_530 + "…", b"a" * 65_530 + b"?")


def _use(key: str) -> None:
    header = f"Bearer {key}"
    parts = [header]
    raise ValueError(len(parts))


def test_finished_frames_are_forgotten() -> None:
    def wrapped() -> Iterator[str]:
        header = f"Bearer {PLAIN_TOKEN}"
        yield header
        try:
            _use(PLAIN_TOKEN)
        except ValueError as exc:
            raise ExceptionGroup("group", [exc, _raised(_use, PLAIN_TOKEN)]) from KeyError(
                header[:6]
            )

    def outer() -> None:
        copied = PLAIN_TOKEN.upper().lower()
        try:
            list(wrapped())
        finally:
            _use(copied)

    exc = _raised(outer)
    name = "".join(traceback.TracebackException.from_exception(exc, capture_locals=True).format())
    assert PLAIN_TOKEN in name
    redact_exception(exc, Redactor([PLAIN_TOKEN]))
    forget_frames(exc)
    del name
    frames = [frame for frame, _ in traceback.walk_tb(exc.__traceback__)]
    assert [bool(frame.f_locals) for frame in frames] == [False, False, False]
    text = "".join(traceback.TracebackException.from_exception(exc, capture_locals=True).format())
    assert leaks(text, PLAIN_TOKEN) == []
    assert "header = " not in text.replace("header = f", "")


def test_frames_that_run_keep_their_locals() -> None:
    kept = [1]
    try:
        _use(PLAIN_TOKEN)
    except ValueError as exc:
        forget_frames(exc)
        running, finished = (frame for frame, _ in traceback.walk_tb(exc.__traceback__))
        assert running.f_locals["kept"] is kept
        assert finished.f_locals == {}
