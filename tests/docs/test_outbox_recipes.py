"""Recipes of the outbox: each web application runs, and what it hands over is in the outbox."""

import json
import threading
import time
from http.client import HTTPConnection
from types import ModuleType
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from portcall import Host

from .pages import ROOT, blocks_of

BLOCKS = {block.file: block.text for block in blocks_of(ROOT / "docs" / "outbox.md") if block.file}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PORTCALL_OUTBOX", raising=False)


@pytest.fixture
def outbox(internet):
    with Host() as host:
        host.connections.create("shop", "segment", {"write_key": "wk-abc123"})
        yield host.outbox


def module_of(name):
    made = ModuleType(name)
    exec(compile(BLOCKS[f"{name}.py"], f"{name}.py", "exec"), vars(made))
    return made


def post(port, body):
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/orders", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    said = answer.status, answer.read()
    connection.close()
    return said


def test_an_order_that_fastapi_takes_is_delivered_by_its_workers(outbox):
    import uvicorn

    app = module_of("orders_api").app
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        status, body = post(port, {"userId": "u-7", "messageId": "m-1"})
        assert status == 202
        event_id = json.loads(body)["event"]
        wait_until(lambda: outbox.entry(event_id).state == "delivered")
    finally:
        server.should_exit = True
        thread.join(10)
    assert not [each for each in threading.enumerate() if each.name.startswith("portcall-outbox")]


def test_an_order_that_django_rolls_back_is_not_handed_over(outbox, tmp_path):
    import django
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.urls import path

    view = module_of("orders_view").place_order
    urls = ModuleType("orders_urls")
    urls.urlpatterns = [path("orders", view)]
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "orders.sqlite3")}
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=urls, DATABASES={"default": database},
        LOGGING_CONFIG=None, USE_TZ=True,
    )  # fmt: skip
    django.setup()
    from django.db import connection

    connection.cursor().execute("CREATE TABLE orders (number TEXT UNIQUE)")
    connection.close()
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        statuses = [
            post(server.server_port, {"userId": "u-7", "messageId": "m-1"})[0] for _ in "ab"
        ]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert statuses == [202, 500]
    assert [each.message_id for each in outbox.entries()] == ["m-1"]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def wait_until(holds):
    ends = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.01)
