"""What an operator's own tools see of a service: OpenTelemetry, and the tokens that are replaced."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from portcall import Auth, Project
from portcall.testing import Reply

KEY = "wk-for-tests-1234"
EVENT = {"userId": "ada", "event": "Ordered", "messageId": "m-1"}
SIGNED_IN = """
import attrs
from typing import Any
from portcall import OAuth2Endpoints, RequestOptions, Secret, action, field, hookimpl, path

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    client_id: str = field(label="Client ID")
    client_secret: Secret = field(label="Client secret")

@attrs.frozen
class Payload:
    event: dict[str, Any] = field(label="Event", default=path("$"))

@hookimpl
def auth_scheme(): return "oauth2"

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def oauth2_endpoints(settings):
    return OAuth2Endpoints(
        token_url=f"{settings.endpoint}/token",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
    )

@hookimpl
def extend_request(settings): return RequestOptions(base_url=settings.endpoint)

@action(title="Take")
def take(client, payload: Payload): client.post("/events", json=payload.event)

@hookimpl
def actions(): return [take]
"""


@pytest.fixture
def rotating(receiver):
    """A token server that takes each refresh token once, and an API that takes its latest token."""
    latest = {"refresh": "r-0", "access": "a-0", "calls": 0}

    def token(request):
        form = dict(each.split("=") for each in request.body.decode().split("&"))
        if form["refresh_token"] != latest["refresh"]:
            return Reply(400, json={"error": "invalid_grant"})
        latest["calls"] += 1
        latest["refresh"], latest["access"] = f"r-{latest['calls']}", f"a-{latest['calls']}"
        fresh = {"access_token": latest["access"], "refresh_token": latest["refresh"]}
        return Reply(json={**fresh, "token_type": "bearer"})

    def take(request):
        if request.headers["Authorization"] != f"Bearer {latest['access']}":
            return Reply(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        receiver.events.append(request.json())
        return Reply(204)

    receiver.latest = latest
    receiver.route("POST", "/token", token)
    receiver.route("POST", "/events", take)
    return receiver


def test_each_token_that_is_replaced_is_counted_once(connected, serve, rotating):
    (connected.path.parent / "shop.py").write_text(SIGNED_IN)
    with Project.read(connected.path).hosts() as hosts:
        hosts.connections.delete("shop")
        settings = {"endpoint": rotating.url, "client_id": "us", "client_secret": "zq9-secret-zq9"}
        auth = Auth(access_token="a-ended", refresh_token="r-0")
        hosts.connections.create("shop", "shop", settings, auth)
    running = serve()
    name = 'portcall_token_refreshes_total{connection="shop",destination="shop"}'
    for replaced in (1, 2):
        for n in range(20):
            event = {**EVENT, "messageId": f"m-{replaced}-{n}"}
            assert running.call("/v1/track", event).status == 200
        running.arrived(20 * replaced)
        assert rotating.latest["calls"] == replaced
        told = running.call("/metrics", b"", key=None, method="GET").data.decode()
        assert f"{name} {replaced}.0" in told.splitlines()
        rotating.latest["access"] = "ended"


@pytest.fixture
def collector(receiver):
    """Where the SDK of the process sends what it has seen: OTLP over HTTP."""
    for path in ("/v1/traces", "/v1/metrics"):
        receiver.route("POST", path, Reply(headers={"Content-Type": "application/x-protobuf"}))
    return receiver


@contextmanager
def instrumented(project, collector):
    """Run ``opentelemetry-instrument portcall serve`` as an operator does; yield its URL."""
    command = [sys.executable, "-m", "portcall", "--project", f"{project}", "serve", "--port", "0"]
    environment = {
        **os.environ,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_LOGS_EXPORTER": "none",
    }
    process = subprocess.Popen(
        [Path(sys.executable).with_name("opentelemetry-instrument"), *command],
        stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    try:
        yield process.stderr.readline().split()[-1]
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
        assert process.wait(20) == 0, said
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def attributes(found):
    return {each.key: each.value.string_value or each.value.int_value for each in found}


def test_a_delivered_event_is_a_span_and_a_measured_request_at_an_opentelemetry_collector(
    connected, collector
):
    project = connected.path
    project.write_text(f"{project.read_text()}\n[extras]\ntelemetry = true\n")
    with instrumented(project, collector) as url:
        headers = urllib3.make_headers(basic_auth=f"{KEY}:")
        body = json.dumps(EVENT).encode()
        sent = urllib3.request("POST", f"{url}/v1/track", body=body, headers=headers, retries=False)
        assert sent.status == 200
        ends = time.monotonic() + 20
        while not collector.events and time.monotonic() < ends:
            time.sleep(0.01)
    [delivered] = collector.received("/events")
    told = [ExportTraceServiceRequest.FromString(r.body) for r in collector.received("/v1/traces")]
    spans = [
        span
        for each in told
        for resource in each.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    [span] = spans
    expected = {
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "server.port": collector.port,
        "http.response.status_code": 204,
    }
    assert attributes(span.attributes).items() >= expected.items()
    _, trace_id, span_id, _ = delivered.headers["traceparent"].split("-")
    assert (span.trace_id.hex(), span.span_id.hex()) == (trace_id, span_id)
    sent = collector.received("/v1/metrics")[-1].body
    metrics = {
        metric.name: metric
        for resource in ExportMetricsServiceRequest.FromString(sent).resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    [point] = metrics["http.client.request.duration"].histogram.data_points
    assert (point.count, attributes(point.attributes)) == (1, expected)
    assert b"zq9" not in b"".join(each.body for each in collector.received("/v1/traces"))
