"""Each destination of the catalogue against the API that its documentation describes."""

from contextlib import ExitStack
from functools import cache

import pytest

from portcall import Auth, Secret
from portcall.testing import StandInHost

from .exercising import deliver, exercised
from .packages import played

PLAYED = played()
each_package = pytest.mark.parametrize("package", PLAYED, ids=lambda each: each.slug)
each_answer = pytest.mark.parametrize(
    ("package", "documented"),
    [
        pytest.param(package, each, id=f"{package.slug}-{each.title}")
        for package in PLAYED
        for each in package.stand_in().documented
    ],
)


@pytest.fixture(scope="module")
def playing():
    """Return what plays an API on a host of its own, once for all tests: certificates take time."""
    with ExitStack() as stack:

        @cache
        def play(package):
            host = stack.enter_context(StandInHost())
            return package.stand_in(), host, package.stand_in()(host)

        yield play


@each_package
def test_every_way_to_sign_in_delivers_with_every_action(package):
    for label, name, outcome in exercised(package).outcomes:
        assert (outcome.kind, outcome.reason) == ("delivered", ""), (label, name)


@each_package
def test_every_action_has_an_event(package, playing):
    api, host, _ = playing(package)
    actions = host.destination(package.slug).actions
    assert {*actions} - {"delete"} == {*api.events}


@each_package
def test_wrong_credentials_are_told_from_a_wrong_event(package, playing):
    api, host, _ = playing(package)
    for label, settings in api.settings.items():
        destination = host.destination(package.slug)
        secret = [f.name for f in destination.fields if f.type is Secret and f.name in settings]
        wrong = {name: f"{settings[name]}"[:-1] + "0" for name in secret}
        # Where there is no secret among the settings, the credentials are tokens.
        auth = {**api.auth, **({} if secret else _OTHERS)}
        connection = destination.connect({**settings, **wrong}, Auth(**auth))
        name = next(iter(api.only.get(label, api.events)))
        mapping = api.mapping(destination.actions[name])
        [outcome] = deliver(connection, name, api.events[name], mapping=mapping)
        told = "delivered" if api.is_blind else "reauthorize"
        assert outcome.kind == told, (label, outcome)


_OTHERS = {"access_token": "other-0", "refresh_token": None, "client_secret": "other-0"}


@each_answer
def test_a_documented_answer_has_its_outcome(package, documented, playing):
    api, host, peer = playing(package)
    before = len(peer.requests)
    answer = documented.answer
    answers = answer if isinstance(answer, list | tuple) else [answer]
    api.route(peer, documented.route, *answers)
    connection = api.connect(host, package.slug, **documented.settings)
    event = {**api.events[documented.action], **documented.event}
    mapping = documented.mapping or api.mapping(connection.destination.actions[documented.action])
    outcomes = deliver(connection, documented.action, event, len(documented.outcomes), mapping)
    if documented.route in api.answers:
        api.route(peer, documented.route, api.answers[documented.route])
    assert [each.kind for each in outcomes] == [*documented.outcomes]
    for outcome in outcomes:
        if outcome.kind != "delivered":
            assert documented.reason in outcome.reason
    assert len(peer.requests) > before, "nothing was sent"
