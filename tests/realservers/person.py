"""A person at a browser, as far as forms and links go."""

from __future__ import annotations

import http.cookiejar
import re
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

PAGES = 20


class _NoRedirects(HTTPRedirectHandler):
    """Leaves redirects to `Person`."""

    def redirect_request(self, *_: object) -> None:
        return None


class Person:
    """Follows redirects and fills in forms: signs in as ``ada``, then consents or not."""

    def __init__(self, *, consents: bool = True) -> None:
        self.consents = consents
        self.opener = build_opener(HTTPCookieProcessor(http.cookiejar.CookieJar()), _NoRedirects)

    def visit(self, url: str) -> str:
        """Click through until a page has nothing more to click, and return that page."""
        form = None
        for _ in range(PAGES):
            body, location = self._load(url, form)
            form = None
            if location:
                url = urljoin(url, location)
            elif not self.consents and (abort := re.search(r'href="([^"]+/abort)"', body)):
                url = urljoin(url, abort[1])
            elif action := re.search(r'<form[^>]* action="([^"]+)"', body):
                url, form = urljoin(url, action[1]), _filled(body)
            else:
                return body
        raise AssertionError("the pages go round in circles")

    def _load(self, url: str, form: dict[str, str] | None) -> tuple[str, str | None]:
        data = None if form is None else urlencode(form).encode()
        try:
            answer = self.opener.open(Request(url, data), timeout=20)
        except HTTPError as error:
            answer = error
        with answer:
            return answer.read().decode(), answer.headers.get("location")


def _filled(body: str) -> dict[str, str]:
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body))
    return {**hidden, "login": "ada", "password": "x", "confirm": "yes"}
