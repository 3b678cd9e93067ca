"""The extra: a span around every request, and its trace context on the wire."""

from __future__ import annotations

from collections.abc import Generator
from time import perf_counter
from typing import Final

from opentelemetry import baggage, metrics, propagate, trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.trace import Span, SpanKind, StatusCode, TracerProvider

from portcall import Request, RequestOptions, Response, hookimpl
from portcall_telemetry import attributes, pending
from portcall_telemetry.attributes import Attributes
from portcall_telemetry.measures import Measures

_SCOPE: Final = "portcall_telemetry"


class Telemetry:
    """One client span and its metrics for every request.

    Put it first in ``Host(extras=[...])``: the first is outermost and also sees what others wait.

    Args:
        tracer_provider: Where spans go; None for the program's global one.
        meter_provider: Where metrics go; None for the program's global one.
        propagator: Writes the trace context into headers; None for the program's global one. One
            that writes nothing keeps trace ids from the destinations.
    """

    def __init__(
        self,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        propagator: TextMapPropagator | None = None,
    ) -> None:
        self._tracer = trace.get_tracer(_SCOPE, tracer_provider=tracer_provider)
        self._measures = Measures(metrics.get_meter(_SCOPE, meter_provider=meter_provider))
        self._propagator = propagator

    @hookimpl
    def extend_request(self, request: Request) -> RequestOptions | None:
        # The span begins here, because a signer may cover the header that names it.
        span = self._begin(attributes.of_request(request))
        if not span.get_span_context().is_valid:
            return None  # no SDK, and no trace from elsewhere to carry on
        headers: dict[str, str] = {}
        # Baggage is the program's own talk with its own services; destinations get none.
        context = baggage.clear(trace.set_span_in_context(span))
        (self._propagator or propagate.get_global_textmap()).inject(headers, context)
        if not headers:
            return None
        options = RequestOptions(headers=headers)
        pending.keep(span, options.headers)
        return options

    @hookimpl(wrapper=True)
    def send_request(self, request: Request) -> Generator[None, Response, Response]:
        said = attributes.of_request(request)
        span = pending.claim(request) or self._begin(said)
        sizes, started = attributes.size_sent(request), perf_counter()
        try:
            with trace.use_span(span, record_exception=False, set_status_on_exception=False):
                response = yield
            said |= attributes.of_response(response)
            sizes |= attributes.size_received(response)
        except BaseException as exc:
            said |= attributes.of_error(exc)
            raise
        else:
            return response
        finally:
            self._measures.record(said, perf_counter() - started, sizes)
            _finish(span, said, sizes)

    def _begin(self, said: Attributes) -> Span:
        return self._tracer.start_span(
            attributes.span_name(said), kind=SpanKind.CLIENT, attributes=said
        )


def _finish(span: Span, said: Attributes, sizes: Attributes) -> None:
    if span.is_recording():
        span.set_attributes({**said, **sizes})
        if attributes.ERROR in said:
            span.set_status(StatusCode.ERROR)
    span.end()
