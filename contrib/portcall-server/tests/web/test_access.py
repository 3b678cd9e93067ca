"""Who is let in, and who is not."""

import base64
import re

import pytest
import urllib3

from portcall import Secret
from portcall_server.web.access import Account

FORM = "/destinations/acme"


def ask(url, path="/", method="GET", **headers):
    return urllib3.request(
        method, f"{url}{path}", headers=headers, redirect=False, retries=False, timeout=20
    )


def test_without_the_link_there_is_no_page(serve):
    url, _ = serve()
    for path in ("/", FORM, "/stamp", "/authorized?portcall-again=1"):
        answer = ask(url, path)
        assert answer.status == 403, path
        assert b"needs the link" in answer.data


def test_the_link_lets_one_browser_in_once(serve):
    url, access = serve()
    token = access.token.value
    entered = ask(url, f"/?token={token}")
    cookie = entered.headers["set-cookie"]
    assert entered.status == 303
    assert entered.headers["location"] == "/"
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert token not in cookie
    assert ask(url, f"/?token={token}").status == 403
    assert ask(url, "/", cookie=cookie.partition(";")[0]).status == 200


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_another_token_lets_no_browser_in(serve, token):
    url, access = serve()
    assert ask(url, f"/?token={token}").status == 403
    assert access.token.value


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "", "127.0.0.1:1"])
def test_another_host_is_answered_nothing(browser, host):
    answer = ask(browser.url, "/", cookie=browser.cookie, host=host)
    assert answer.status in {400, 421}
    assert b"acme" not in answer.data


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_of_another_origin_is_refused(browser, headers):
    browser.get(FORM)
    answer = browser.post(FORM, headers, do="check", f__endpoint="https://acme.example")
    assert answer.status == 403
    assert "not sent by a page of this server" in answer.text


@pytest.mark.parametrize("csrf", ["", "guessed", "é"])
def test_a_form_without_its_token_is_refused(browser, csrf):
    browser.get(FORM)
    answer = browser.post(FORM, csrf=csrf, do="check", f__endpoint="https://typed.example")
    assert answer.status == 403
    assert "https://typed.example" not in browser.get(FORM).page


def test_other_methods_and_larger_forms_are_refused(browser):
    assert ask(browser.url, FORM, "PUT", cookie=browser.cookie).status == 405
    browser.get(FORM)
    assert browser.post(FORM, f__endpoint="x" * (2 << 20)).status == 413


def test_every_answer_forbids_foreign_code_and_frames(browser, serve):
    for path in ("/", FORM, "/missing", "/static/site.css", "/static/../app.py"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"


def test_a_path_is_never_taken_for_another_server(serve):
    url, access = serve()
    assert (
        ask(url, f"//evil.example/?token={access.token.value}").headers["location"]
        == "/evil.example/"
    )


def test_an_account_is_asked_for_where_others_can_reach_the_pages(serve):
    url, _ = serve(account=Account("ops", Secret("correct horse")))
    assert ask(url).status == 401
    for pair in ("ops:wrong", "eve:correct horse", "ops", ""):
        encoded = base64.b64encode(pair.encode()).decode()
        assert ask(url, authorization=f"Basic {encoded}").status == 401
    assert ask(url, authorization="Basic ????").status == 401
    right = "Basic " + base64.b64encode(b"ops:correct horse").decode()
    entered = ask(url, authorization=right)
    assert entered.status == 303
    cookie = entered.headers["set-cookie"].partition(";")[0]
    assert ask(url, authorization=right, cookie=cookie).status == 200
    assert ask(url, cookie=cookie).status == 401


def test_the_pages_work_below_a_path_of_another_application(serve, api):
    url, access = serve(below="/web")
    entered = ask(url, f"/web/?token={access.token.value}")
    cookie = entered.headers["set-cookie"]
    assert entered.headers["location"] == "/web/"
    assert "Path=/web" in cookie
    page = ask(url, "/web/", cookie=cookie.partition(";")[0]).data.decode()
    assert 'href="/web/destinations/acme"' in page
    assert ask(url, re.search(r'href="(/web/static/[^"]+)"', page)[1]).status == 200
    assert ask(url, "/").status == 404


def test_the_command_listens_elsewhere_only_with_an_account(capfd, monkeypatch, tmp_path):
    from portcall.cli import main

    monkeypatch.delenv("PORTCALL_WEB_PASSWORD", raising=False)
    for address in ("0.0.0.0", "::", "192.0.2.1", "example.com"):
        assert main(["web", "--host", address, "--port", "0"]) == 2
        assert "give --auth NAME" in capfd.readouterr().err
    monkeypatch.setenv("PORTCALL_WEB_PASSWORD", "short")
    assert main(["web", "--host", "0.0.0.0", "--auth", "ops"]) == 2
    assert "at least 8 characters" in capfd.readouterr().err
