"""Each destination of the catalogue against the API that its documentation describes."""

import pytest

from portcall import Secret
from portcall.delivery import Retry

from .packages import played

ONCE = Retry(timeout_s=0)
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


def deliver(connection, name, event, count=1, mapping=None):
    action = connection.destination.actions[name]
    events = [{"messageId": f"m-{number}", **event} for number in range(count)]
    return list(connection.deliver(action, events, mapping=mapping, subscribe="", retry=ONCE))


@each_package
def test_every_way_to_sign_in_names_its_identity_and_delivers_with_every_action(package, host):
    api = package.stand_in()
    api(host)
    for label, settings in api.settings.items():
        connection = api.connect(host, package.slug, **settings)
        connection.test()
        offered = api.only.get(label, [*connection.destination.actions])
        assert {*offered} <= {*api.events, "delete"}, "an action without an event"
        for name in offered:
            event = api.events.get(name, {"type": "delete", "userId": "u-7"})
            action = connection.destination.actions[name]
            [outcome] = connection.deliver(action, [{"messageId": "m-1", **event}], retry=ONCE)
            assert (outcome.kind, outcome.reason) == ("delivered", ""), (label, name)


@each_package
def test_wrong_credentials_are_told_from_a_wrong_event(package, host):
    api = package.stand_in()
    api(host)
    for label, settings in api.settings.items():
        destination = host.destination(package.slug)
        wrong = {**settings}
        secret = [f.name for f in destination.fields if f.type is Secret and f.name in settings]
        for name in secret:
            wrong[name] = f"{settings[name]}"[:-1] + "0"
        connection = api.connect(host, package.slug, **wrong)
        name = next(iter(api.only.get(label, api.events)))
        [outcome] = deliver(connection, name, api.events[name])
        assert outcome.kind == "reauthorize", (label, outcome)


@each_answer
def test_a_documented_answer_has_its_outcome(package, documented, host):
    api = package.stand_in()
    peer = api(host)
    answer = documented.answer
    answers = answer if isinstance(answer, list | tuple) else [answer]
    api.route(peer, documented.route, *answers)
    connection = api.connect(host, package.slug, **documented.settings)
    event = {**api.events[documented.action], **documented.event}
    outcomes = deliver(
        connection, documented.action, event, len(documented.outcomes), documented.mapping
    )
    assert [each.kind for each in outcomes] == [*documented.outcomes]
    for outcome in outcomes:
        if outcome.kind != "delivered":
            assert documented.reason in outcome.reason
    assert [*peer.requests], "nothing was sent"
