"""TLS contexts: verification is always on, and the environment is not asked unless opted in."""

from __future__ import annotations

import os
import ssl
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final, TextIO

from portcall.errors import SettingsError, TLSError
from portcall.model.http_request import ClientCertificate

_BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
"""Where systems keep their certificates, for a Python that was built for another one."""

_MAX_CONTEXTS: Final = 64


class _Context(ssl.SSLContext):
    """Keeps its ALPN: urllib3 sets it for every connection, beside handshakes of other threads."""

    def set_alpn_protocols(self, alpn_protocols: object) -> None:
        """Leave the protocols as `_fresh` set them."""


class Contexts:
    """One TLS context for each client certificate, made when first needed.

    Args:
        ca_file: PEM file of the only authorities to trust; None for those of the system.
        trust_env: Honour ``SSL_CERT_FILE``, ``SSL_CERT_DIR`` and ``SSLKEYLOGFILE``.
    """

    def __init__(self, ca_file: str | None, *, trust_env: bool) -> None:
        self._ca_file = ca_file
        self._trust_env = trust_env
        self._lock = Lock()
        self._made: OrderedDict[ClientCertificate | None, ssl.SSLContext] = OrderedDict()

    def get(self, certificate: ClientCertificate | None) -> ssl.SSLContext:
        """Return the context for one client certificate, or for none.

        Raises:
            SettingsError: ``ca_file`` or the client certificate cannot be read.
        """
        with self._lock:
            context = self._made.get(certificate)
            if context is None:
                context = self._made[certificate] = self._make(certificate)
            self._made.move_to_end(certificate)
            if len(self._made) > _MAX_CONTEXTS:
                self._made.popitem(last=False)
            return context

    def _make(self, certificate: ClientCertificate | None) -> ssl.SSLContext:
        context = _fresh()
        if self._trust_env and (log := os.environ.get("SSLKEYLOGFILE")):
            context.keylog_filename = log
        if self._ca_file:
            _trust_file(context, self._ca_file)
        elif self._trust_env or sys.platform == "win32":
            context.load_default_certs()
        else:
            _trust_system(context)
        if certificate is not None:
            _present(context, certificate)
        return context


def _fresh() -> ssl.SSLContext:
    """Return a context that verifies chain and host name, TLS 1.2 or later (RFC 8996)."""
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.post_handshake_auth = True
    # What is in ca_file is trusted, be it a root, an intermediate or the server's own certificate.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    ssl.SSLContext.set_alpn_protocols(context, ["http/1.1"])
    return context


def _trust_file(context: ssl.SSLContext, ca_file: str) -> None:
    try:
        context.load_verify_locations(ca_file)
    except OSError as error:
        reason = error.strerror or "no certificate in it"
    else:
        return
    raise SettingsError(f"ca_file {ca_file!r} cannot be used: {reason}")


def _trust_system(context: ssl.SSLContext) -> None:
    """Trust what OpenSSL was built to trust, without asking the environment."""
    paths = ssl.get_default_verify_paths()
    file, folder = Path(paths.openssl_cafile), Path(paths.openssl_capath)
    bundles = [path for path in (file, *map(Path, _BUNDLES)) if path.is_file()]
    if folder.is_dir() and any(folder.iterdir()):
        context.load_verify_locations(capath=str(folder))
        bundles = bundles if file in bundles[:1] else []
    if bundles:
        context.load_verify_locations(bundles[0])


def _present(context: ssl.SSLContext, certificate: ClientCertificate) -> None:
    """Load a client certificate; OpenSSL reads files only, so one exists for a moment."""
    loaded = False
    with _private_file() as (file, name):
        try:
            file.write(f"{certificate.private_key}\n{certificate.certificate}")
            file.flush()
            context.load_cert_chain(name, password=lambda: "")
            loaded = True
        except (OSError, ValueError):
            pass
    if not loaded:
        raise SettingsError(
            "the client certificate cannot be used: PEM of a certificate and its unencrypted key"
        )


@contextmanager
def _private_file() -> Iterator[tuple[TextIO, str]]:
    """Return a file that only this user can read, and that is gone afterwards."""
    if Path("/proc/self/fd").is_dir() and hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("portcall")  # in memory, never on a disk
        with os.fdopen(descriptor, "w") as file:
            yield file, f"/proc/self/fd/{descriptor}"
    else:
        descriptor, name = tempfile.mkstemp()
        try:
            with os.fdopen(descriptor, "w") as file:
                yield file, name
        finally:
            Path(name).unlink()


def tls_error(error: ssl.SSLError, place: str) -> TLSError:
    """Return why there is no TLS session, and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message.rstrip(".")
        advice = (
            "; a private authority goes into ca_file"
            if error.verify_code in {18, 19, 20, 21}
            else ""
        )
        return TLSError(f"{place}: certificate not trusted: {reason}{advice}")
    reason = (error.reason or "handshake failed").replace("_", " ").lower()
    return TLSError(f"{place}: no TLS session: {reason}")
