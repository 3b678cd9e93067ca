"""What arrives at Google Sheets, seen by a stand-in that verifies what a service account signs."""

import json
from pathlib import Path
from urllib.parse import unquote

import pytest

from portcall import Auth
from portcall.testing import ApiStandIn, Reply, conformance

sheets = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
[SERVICE_ACCOUNT] = sheets.settings.values()
SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("google-sheets")


@pytest.fixture
def connection(host):
    sheets(host)
    return sheets.connect(host, "google-sheets")


def perform(connection, name, mapping=None):
    action = connection.destination.actions[name]
    return connection.perform(action, {"messageId": "m-1", **sheets.events[name]}, mapping=mapping)


def test_an_event_becomes_a_row_with_its_properties_as_json(host):
    peer = sheets(host)
    perform(sheets.connect(host, "google-sheets"), "append_event")
    request = peer.requests[-1]
    assert request.query == {"valueInputOption": ["RAW"], "insertDataOption": ["INSERT_ROWS"]}
    properties = '{"total":41.5,"cells":["o-1",41.5],"range":"\'Sheet1\'!A2"}'
    row = ["2026-05-01T12:00:00Z", "Order Completed", "u-7", "m-1", properties]
    assert request.json() == {"majorDimension": "ROWS", "values": [row]}


def test_rows_of_one_sheet_go_together_and_those_of_another_apart(host):
    peer = sheets(host)
    base = f"/v4/spreadsheets/{SERVICE_ACCOUNT['spreadsheet_id']}/values"
    sheets.route(peer, f"POST {base}/'Ada%27%27s':append", Reply(json={}))
    connection = sheets.connect(host, "google-sheets")
    action = connection.destination.actions["append_row"]
    events = [{"at": at, "n": n} for n, at in enumerate(["Sheet1", "Ada's", "Sheet1"])]
    mapping = {"sheet": {"@path": "$.at"}, "cells": [{"@path": "$.n"}, {"@path": "$.none"}]}
    outcomes = list(connection.deliver(action, events, mapping=mapping, subscribe=""))
    assert [each.kind for each in outcomes] == ["delivered"] * 3
    sent = {
        r.path.rpartition("/")[2]: r.json()["values"] for r in peer.requests if "values" in r.path
    }
    assert sent == {
        "'Sheet1':append": [[0, None], [2, None]],
        "'Ada%27%27s':append": [[1, None]],
    }


def test_a_range_is_written_over(host):
    peer = sheets(host)
    perform(sheets.connect(host, "google-sheets"), "update_row")
    assert peer.requests[-1].json() == {"majorDimension": "ROWS", "values": [["o-1", 41.5]]}


def test_the_identity_is_the_title_of_the_spreadsheet_and_its_tabs_can_be_chosen(connection):
    assert connection.test() == "Orders 2026"
    action = connection.destination.actions["append_event"]
    assert [item.value for item in connection.choices(action, "sheet").items] == [
        "Sheet1",
        "Orders",
    ]


def test_one_token_serves_until_it_ends(host):
    peer = sheets(host)
    connection = sheets.connect(host, "google-sheets")
    perform(connection, "append_event")
    perform(connection, "append_event")
    assert len(peer.received("/token")) == 1


def test_a_person_signs_in_at_google_for_a_refresh_token(host):
    settings = {"method": "browser", "spreadsheet_id": "sheet-1"}
    app = Auth(client_id="app", client_secret="app-secret-1a2b")
    connection = host.destination("google-sheets").connect(settings, app)
    url = f"{connection.begin_authorization('https://ours.example/back').url}"
    assert url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert "access_type=offline" in url
    assert "prompt=consent" in url


@pytest.mark.parametrize(("name", "theirs"), [("append_row", "append"), ("update_row", "update")])
def test_cells_are_written_as_the_sdk_writes_them(host, name, theirs):
    peer = sheets(host)
    perform(sheets.connect(host, "google-sheets"), name)
    request, sdk = peer.requests[-1], SDK[theirs]
    assert (request.method, unquote(request.path)) == (sdk["method"], unquote(sdk["path"]))
    assert request.json() == sdk["data"]
    # The SDK says what it wants the answer as.
    assert {**request.query, "alt": ["json"]} == sdk["query"]
