"""What the destination and the program's own SDK see of requests on a real socket."""

import re
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import attrs
import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from portcall import (
    Auth,
    DisconnectedError,
    Host,
    PolicyError,
    Request,
    RequestOptions,
    ResponseError,
    Secret,
    UnavailableError,
    field,
    hookimpl,
)
from portcall.testing import Peer, Reply
from portcall_telemetry import Telemetry

CANARY = "canary-7c3e"


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


class Acme:
    def __init__(self, peer, **headers):
        self.peer, self.headers = peer, headers

    @hookimpl
    def auth_fields(self):
        return Settings

    @hookimpl
    def allowed_hosts(self):
        return [f"127.0.0.1:{self.peer.port}"]

    @hookimpl
    def extend_request(self, settings):
        return RequestOptions(
            base_url=self.peer.url,
            headers={"X-Api-Key": settings.api_key, **self.headers},
            query={"key": settings.api_key},
        )

    @hookimpl
    def refresh_access_token(self, client):
        return Auth(access_token=client.get(f"{self.peer.url}/token").json()["token"])


class Seen:
    """The program's SDK: spans and metrics kept in memory."""

    def __init__(self):
        self._exporter, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers, self.meters = TracerProvider(), MeterProvider([self._reader])
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))

    @property
    def spans(self):
        return self._exporter.get_finished_spans()

    @property
    def text(self):
        return "".join(span.to_json() for span in self.spans) + str(self.metrics)

    @property
    def metrics(self):
        data = self._reader.get_metrics_data()
        every = data.resource_metrics[0].scope_metrics[0].metrics if data else ()
        return {metric.name: metric for metric in every}

    def close(self):
        self.tracers.shutdown()
        self.meters.shutdown()


@pytest.fixture
def seen():
    kept = Seen()
    yield kept
    kept.close()


@pytest.fixture
def peer():
    with Peer() as running:
        running.route("GET", "/items")
        yield running


@pytest.fixture
def connect(peer, seen):
    hosts = []

    def connect(*extras, **headers):
        host = Host(
            extras or [Telemetry(seen.tracers, seen.meters)],
            allow_private=["127.0.0.1"],
            plugins={"acme": Acme(peer, **headers)},
        )
        hosts.append(host)
        return host.destination("acme").connect({"api_key": CANARY}, Auth(access_token="old"))

    yield connect
    for host in hosts:
        host.close()


def test_one_client_span_by_the_conventions(peer, seen, connect):
    peer.route("POST", "/items", Reply(201, body=b"12345"))
    connect().client.post("/items?account=7", body=b"123")
    (span,) = seen.spans
    assert (span.name, span.kind) == ("POST", SpanKind.CLIENT)
    assert span.attributes == {
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "server.port": peer.port,
        "http.response.status_code": 201,
        "http.request.body.size": 3,
        "http.response.body.size": 5,
    }
    assert span.status.status_code is StatusCode.UNSET


def test_metrics_by_the_conventions(peer, seen, connect):
    connect().client.get("/items")
    connect().client.get("/items")
    metric = seen.metrics["http.client.request.duration"]
    (point,) = metric.data.data_points
    assert (metric.unit, point.count) == ("s", 2)
    assert point.explicit_bounds[0] == 0.005
    assert point.attributes == {
        "http.request.method": "GET",
        "server.address": "127.0.0.1",
        "server.port": peer.port,
        "http.response.status_code": 200,
    }
    assert "http.client.request.body.size" not in seen.metrics
    assert seen.metrics["http.client.response.body.size"].unit == "By"


def test_a_status_of_400_and_above_is_an_error(peer, seen, connect):
    peer.route("GET", "/items", Reply(503, body=CANARY.encode()))
    with pytest.raises(UnavailableError):
        connect().client.get("/items")
    (span,) = seen.spans
    assert span.attributes["error.type"] == "503"
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)


def test_an_error_is_its_class_and_no_message(peer, seen, connect):
    peer.route("GET", "/items", Reply(hang_up=True))
    with pytest.raises(DisconnectedError):
        connect().client.get("/items")
    (span,) = seen.spans
    assert span.attributes["error.type"] == "DisconnectedError"
    assert "http.response.status_code" not in span.attributes
    assert (span.status.status_code, span.status.description, span.events) == (
        StatusCode.ERROR,
        None,
        (),
    )
    (point,) = seen.metrics["http.client.request.duration"].data.data_points
    assert point.attributes["error.type"] == "DisconnectedError"


def test_nothing_secret_no_path_no_query(peer, seen, connect):
    peer.route("GET", "/accounts/4711", Reply(200), Reply(404), Reply(hang_up=True))
    client = connect().client
    client.get("/accounts/4711")
    for error in (ResponseError, DisconnectedError):
        with pytest.raises(error):
            client.get("/accounts/4711", query={"mail": "ann@example.com"})
    assert len(seen.spans) == 3
    for secret in (CANARY, "accounts", "4711", "ann", "http://", "X-Api-Key", "key="):
        assert secret not in seen.text


def test_made_up_methods_are_one_value(peer, seen, connect):
    peer.route("BREW", "/items")
    connect().client("/items", method="BREW", raise_for_status=False)
    (span,) = seen.spans
    assert (span.name, span.attributes["http.request.method"]) == ("HTTP", "_OTHER")


def test_the_destination_is_told_of_the_client_span(peer, seen, connect):
    tracer = trace.get_tracer("app", tracer_provider=seen.tracers)
    with tracer.start_as_current_span("deliver") as parent:
        connect().client.get("/items")
    span = seen.spans[0]
    _, trace_id, span_id, flags = peer.requests[0].headers["traceparent"].split("-")
    assert (int(trace_id, 16), int(span_id, 16)) == (span.context.trace_id, span.context.span_id)
    assert int(flags, 16) & 1, "sampled"
    assert span.parent.span_id == parent.get_span_context().span_id


def test_every_attempt_has_a_span_of_its_own(peer, seen, connect):
    peer.route("GET", "/items", Reply(401), Reply(200))
    peer.route("GET", "/token", Reply(200, json={"token": CANARY}))
    connect().client.get("/items")
    assert [span.attributes["http.response.status_code"] for span in seen.spans] == [401, 200, 200]
    told = [peer.received("/items")[n].headers["traceparent"].split("-")[2] for n in (0, 1)]
    assert told == [f"{seen.spans[n].context.span_id:016x}" for n in (0, 2)]


def test_a_destination_may_override_the_header(peer, seen, connect):
    mine = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    connect(traceparent=mine).client.get("/items")
    assert peer.requests[0].headers["traceparent"] == mine
    assert len(seen.spans) == 1


def test_baggage_stays_at_home(peer, connect):
    token = context.attach(baggage.set_baggage("customer", "ann"))
    try:
        connect().client.get("/items")
    finally:
        context.detach(token)
    assert "traceparent" in peer.requests[0].headers
    assert "baggage" not in peer.requests[0].headers


def test_trace_ids_can_stay_at_home_too(peer, seen, connect):
    silent = Telemetry(seen.tracers, seen.meters, CompositePropagator([]))
    connect(silent).client.get("/items")
    assert "traceparent" not in peer.requests[0].headers
    assert len(seen.spans) == 1


def test_a_preview_is_no_request(peer, seen, connect):
    connection = connect()
    preview = connection.preview(Request(method="GET", url="/items"))
    assert "traceparent" in preview.headers
    assert seen.spans == ()
    connection.client.get("/items")
    assert peer.requests[0].headers["traceparent"] != preview.headers["traceparent"]
    assert len(seen.spans) == 1


def test_what_the_policy_refuses_is_no_request(seen, connect):
    with pytest.raises(PolicyError):
        connect().client.get("https://elsewhere.example.com/")
    assert seen.spans == ()


def test_threads_do_not_mix_their_spans(peer, seen, connect):
    client = connect().client
    threads = [Thread(target=client.get, args=("/items",)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = {each.headers["traceparent"].split("-")[2] for each in peer.requests}
    assert told == {f"{span.context.span_id:016x}" for span in seen.spans}
    assert len(told) == 16


class Inner:
    """An extra further in: sees the span as the current one."""

    @hookimpl(wrapper=True)
    def send_request(self):
        self.span = trace.get_current_span()
        return (yield)


def test_extras_further_in_run_inside_the_span(seen, connect):
    inner = Inner()
    connect(Telemetry(seen.tracers, seen.meters), inner).client.get("/items")
    assert inner.span.get_span_context() == seen.spans[0].context
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_extras_further_out_do_not(seen, connect):
    outer = Inner()
    connect(outer, Telemetry(seen.tracers, seen.meters)).client.get("/items")
    assert outer.span is trace.INVALID_SPAN


def test_another_extras_refusal_is_seen_from_outside(peer, seen, connect):
    peer.route("GET", "/items", Reply(429, headers={"Retry-After": "3600"}))
    client = connect(Telemetry(seen.tracers, seen.meters), "ratelimit").client
    client.get("/items", raise_for_status=False)
    with pytest.raises(Exception, match="was not sent") as caught:
        client.get("/items")
    assert caught.value.retry_at > datetime.now(UTC)
    assert seen.spans[1].attributes["error.type"] == "RateLimitedError"
    assert len(peer.requests) == 1


def test_the_readme_is_true(seen):
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    names = {"tracers": seen.tracers, "meters": seen.meters}
    for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL):
        exec(block, names)
    names["host"].close()


def test_installed_by_name_and_quiet_without_an_sdk(peer, connect):
    connect("telemetry", "ratelimit").client.get("/items")
    assert "traceparent" not in peer.requests[0].headers
