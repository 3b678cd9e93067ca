"""The histograms of OpenTelemetry's HTTP client metrics."""

from __future__ import annotations

from typing import Final

from opentelemetry.metrics import Meter

from portcall_telemetry.attributes import REQUEST_SIZE, RESPONSE_SIZE, Attributes

_BOUNDARIES_S: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.075),
    *(0.1, 0.25, 0.5, 0.75),
    *(1.0, 2.5, 5.0, 7.5, 10.0),
)
_SIZES: Final = {
    REQUEST_SIZE: "Size of HTTP client request bodies.",
    RESPONSE_SIZE: "Size of HTTP client response bodies.",
}


class Measures:
    """Duration and body sizes of every request.

    Args:
        meter: Where they are recorded.
    """

    __slots__ = ("_duration", "_sizes")

    def __init__(self, meter: Meter) -> None:
        self._duration = meter.create_histogram(
            "http.client.request.duration",
            unit="s",
            description="Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_BOUNDARIES_S,
        )
        self._sizes = {
            name: meter.create_histogram(name.replace("http.", "http.client."), "By", text)
            for name, text in _SIZES.items()
        }

    def record(self, said: Attributes, duration_s: float, sizes: Attributes) -> None:
        """Record one request.

        Args:
            said: Attributes of few values: method, host, port, status, error.
            duration_s: From this extra to the last byte.
            sizes: Of the bodies that there were.
        """
        self._duration.record(duration_s, said)
        for name, size in sizes.items():
            self._sizes[name].record(int(size), said)
