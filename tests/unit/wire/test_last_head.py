"""The head that was written last is used for the next request that has the same one, and for no other."""

from __future__ import annotations

import pytest

from portcall import Request, Secret
from portcall.errors import RequestError
from portcall.urls import parse
from portcall.wire.limits import Caps
from portcall.wire.outgoing import Call, LastHead

URL = parse("https://acme.example/events")


def _request(method: str = "POST", body: bytes | None = b"1", **headers: str | Secret) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method=method, url=str(URL), headers=named, body=body)


def test_each_request_has_the_bytes_that_it_has_alone() -> None:
    last = LastHead()
    one, other = _request(authorization="a"), _request(authorization="b")
    requests = [
        one,
        _request(authorization="a", body=b"12"),
        _request(authorization=Secret("a"), body=b""),
        other,
        one,
        _request(),
        _request(body=None),
        _request("GET", body=None),
        _request("DELETE", body=None),
        _request("PUT", body=None),
        _request(content_length="1"),
        _request(authorization="a", accept="b"),
    ]
    for request in requests:
        assert Call(request, URL, Caps(), None, last).data == Call(request, URL, Caps()).data
    elsewhere = parse("https://acme.example/other")
    assert Call(one, elsewhere, Caps(), None, last).data == Call(one, elsewhere, Caps()).data


def test_headers_that_change_after_they_were_sent_are_written_anew() -> None:
    last, headers = LastHead(), {"authorization": "a"}
    request = _request()
    object.__setattr__(request, "headers", headers)
    Call(request, URL, Caps(), None, last)
    headers["authorization"] = "b"
    assert b"\r\nAuthorization: b\r\n" in Call(request, URL, Caps(), None, last).data


def test_a_header_that_agrees_with_one_body_is_refused_beside_another() -> None:
    last = LastHead()
    Call(_request(content_length="1"), URL, Caps(), None, last)
    with pytest.raises(RequestError, match="content-length"):
        Call(_request(content_length="1", body=b"12"), URL, Caps(), None, last)
