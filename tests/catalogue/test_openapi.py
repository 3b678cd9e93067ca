"""What destinations send, held against the OpenAPI documents of their APIs by Prism."""

import json
from http.client import HTTPConnection
from urllib.parse import parse_qsl, urlencode

import pytest

from tests.realservers.installing import NotInstallableError
from tests.realservers.prism import openapi_documents, prism

from .excerpts import excerpt, merged, sent, template_for
from .exercising import exercised
from .packages import played

DESCRIBED = [each for each in played() if "openapi" in (each.about or {})]
each_described = pytest.mark.parametrize("package", DESCRIBED, ids=lambda each: each.slug)


def requests_of(package):
    """Return what a destination sends, but for what its document does not describe."""
    about = package.about["openapi"]
    outside = tuple(about.get("outside", ()))
    received = [
        r for r in exercised(package).requests if not outside or not r.path.startswith(outside)
    ]
    return [sent(each, about["base"]) for each in received]


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    """Return a function that sends a request of a destination to Prism, and returns the problem, if any."""
    try:
        documents = openapi_documents(*{each.about["openapi"]["document"] for each in DESCRIBED})
        parts = [_part(package, documents) for package in DESCRIBED]
        with prism(tmp_path_factory.mktemp("prism"), merged(parts)) as url:
            connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
            yield lambda package, request: _problem(connection, package, request)
            connection.close()
    except NotInstallableError as error:
        pytest.skip(f"Prism cannot be installed: {error}")


def _part(package, documents):
    about = package.about["openapi"]
    document = documents[about["document"]]
    operations = {
        (each.method.lower(), path)
        for each in requests_of(package)
        if (path := template_for(document, each.path))
        and each.method.lower() in document["paths"][path]
    }
    return excerpt(package.slug, document, operations, about.get("corrections", ()))


def _problem(connection, package, request):
    connection.request(
        request.method, f"/{package.slug}{request.path}", request.body, request.headers
    )
    answer = connection.getresponse()
    text = answer.read().decode()
    return "" if answer.status == 204 else f"{answer.status} {text}"


@each_described
def test_the_document_allows_every_request(package, asking):
    requests = requests_of(package)
    assert requests
    for each in requests:
        assert asking(package, each) == "", f"{each.method} {each.path} {each.body.decode()}"


@each_described
def test_the_document_refuses_what_is_wrong_in_a_request(package, asking):
    # Each entry of each body is left out, or made of another type, in turn.
    wrong = [changed for each in requests_of(package) for changed in _wrong(each)]
    assert any(asking(package, each) for each in wrong)


def _wrong(request):
    kind = next((v for n, v in request.headers.items() if n.lower() == "content-type"), "")
    if kind.startswith("application/json"):
        body = json.loads(request.body)
        for place in _places(body):
            yield _with(request, json.dumps(_changed(body, place, leave_out=True)))
            yield _with(request, json.dumps(_changed(body, place, leave_out=False)))
    elif kind.startswith("application/x-www-form-urlencoded"):
        pairs = parse_qsl(request.body.decode())
        for name, _ in pairs:
            yield _with(request, urlencode([pair for pair in pairs if pair[0] != name]))


def _with(request, body):
    return type(request)(request.method, request.path, request.headers, body.encode())


def _places(node, before=()):
    if isinstance(node, dict):
        for name, each in node.items():
            yield (*before, name)
            yield from _places(each, (*before, name))
    elif isinstance(node, list):
        for number, each in enumerate(node[:1]):
            yield from _places(each, (*before, number))


def _changed(node, place, *, leave_out):
    first, *rest = place
    copied = dict(node) if isinstance(node, dict) else list(node)
    if rest:
        copied[first] = _changed(copied[first], rest, leave_out=leave_out)
    elif leave_out:
        del copied[first]
    else:
        copied[first] = [] if isinstance(copied[first], dict) else {"another": ["type"]}
    return copied
