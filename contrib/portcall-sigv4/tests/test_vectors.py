"""AWS's own Signature Version 4 test suite, bit for bit."""

import gc
import weakref
from pathlib import Path

import pytest

from portcall import Secret
from portcall_sigv4 import Credentials, SigningScope
from portcall_sigv4.signing import authorization, canonical_request, payload_hash, string_to_sign

SUITE = Path(__file__).parent / "aws4_testsuite"
CASES = sorted(str(path.parent.relative_to(SUITE)) for path in SUITE.rglob("*.req"))
CREDENTIALS = Credentials("AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
SCOPE = SigningScope(service="service", region="us-east-1")
STAMP = "20150830T123600Z"


def read(case, suffix):
    path = SUITE / case / f"{case.rpartition('/')[2]}.{suffix}"
    return path.read_text(encoding="utf-8").replace("\r", "")


def parsed(text):
    """Take a raw request apart: method, path, query, headers (unfolded), body."""
    head, _, body = text.partition("\n\n")
    first, *lines = head.split("\n")
    method, target = first.removesuffix(" HTTP/1.1").split(" ", 1)
    lines_by_name, headers = [], {}
    for line in filter(None, lines):
        if line.startswith((" ", "\t")):
            lines_by_name[-1][1] += f" {line.strip()}"
        else:
            lines_by_name.append(line.split(":", 1))
    for name, value in lines_by_name:  # a name that is given twice, as a request would have it
        headers[name.lower()] = ",".join(filter(None, [headers.get(name.lower()), value.strip()]))
    path, _, query = target.partition("?")
    return method, path, query, headers, body.encode() or None


def token_of(case):
    """Return the session token that the suite puts onto the request before it is signed."""
    for line in read(case, "creq").split("\n"):
        name, _, value = line.partition(":")
        if name == "x-amz-security-token":
            return name, value
    return None


def test_suite_is_whole():
    assert len(CASES) == 34


@pytest.mark.parametrize("case", CASES)
def test_signature_is_the_one_of_the_suite(case):
    """AWS SigV4 test suite: canonical request, string to sign and header of all 34 requests, bit for bit."""
    method, path, query, headers, body = parsed(read(case, "req"))
    token = token_of(case)
    if token:
        headers.setdefault(*token)
    payload = payload_hash(body, SCOPE, secure=True)
    canonical, names = canonical_request(method, path, query, headers, payload)
    assert canonical == read(case, "creq")
    assert string_to_sign(canonical, STAMP, SCOPE) == read(case, "sts")
    signed = authorization(canonical, names, STAMP, CREDENTIALS, SCOPE)
    assert signed.reveal() == read(case, "authz")


def test_a_derived_key_is_forgotten_with_its_secret():
    secret = Secret("of-one-customer")
    first = authorization("", "host", STAMP, Credentials("AKID", secret), SCOPE)
    assert first == authorization("", "host", STAMP, Credentials("AKID", secret), SCOPE)
    other_day = authorization("", "host", "20150831T123600Z", Credentials("AKID", secret), SCOPE)
    assert first.reveal()[-64:] != other_day.reveal()[-64:]
    held = weakref.ref(secret)
    del secret
    gc.collect()
    assert held() is None
