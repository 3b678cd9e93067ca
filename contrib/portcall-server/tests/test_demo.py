"""``portcall serve --demo``: from curl and from a page in a browser to two receivers."""

import json
import time
from contextlib import ExitStack, closing

import urllib3

from portcall.cli.authors import State
from portcall_server.demo.demonstration import Demonstration
from portcall_server.process.listening import Listening, open_socket
from portcall_server.service import Service


def test_what_the_page_and_curl_send_reaches_both_receivers(
    tmp_path, monkeypatch, capsys, real_server
):
    from tests.realservers.test_browser import Chromium

    for name in ("PORTCALL_OUTBOX", "PORTCALL_STORE"):
        monkeypatch.delenv(name, raising=False)
    state = State()
    with ExitStack() as stack:
        stack.callback(state.unset_variables)
        demo = stack.enter_context(Demonstration(state))
        service = stack.enter_context(Service(demo.project, options=demo.options))
        app = service.app(demo.routes())
        url = stack.enter_context(Listening(app, open_socket("127.0.0.1", 0), 2)).url
        demo.explain(url)
        headers = urllib3.make_headers(basic_auth=f"{demo.write_key}:")
        body = json.dumps({"userId": "ada", "event": "Coffee Ordered"}).encode()
        sent = urllib3.request("POST", f"{url}/v1/track", body=body, headers=headers)
        assert sent.status == 200
        with closing(Chromium(real_server("chromium"))) as browser:
            browser.open(f"{url}/demo")
            browser.click("#order")
            browser.click("#join")
            ends = time.monotonic() + 20
            while len(browser.find("#sent li")) < 3 and time.monotonic() < ends:
                time.sleep(0.02)
            lines = browser.script("return document.getElementById('sent').innerText").splitlines()
        assert sorted(lines) == ["Coffee Ordered: taken", "identify: taken", "page: taken"]
        # The subscription of the CRM leaves pages out.
        while (demo._webhook.accepted, demo._crm.accepted) != (4, 3) and time.monotonic() < ends:
            time.sleep(0.02)
        demo.show_progress()
        demo.show_progress()
    said = capsys.readouterr()
    assert said.out.count("webhook: 4 taken, 0 refused; crm: 3 taken, 0 refused\n") == 1
    assert f"curl -u {demo.write_key}: {url}/v1/track" in said.out
