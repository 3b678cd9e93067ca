"""Everything that a destination can do, done once against its stand-in."""

from functools import cache

import attrs

from portcall.delivery.retry import Retry
from portcall.fields import dynamic
from portcall.testing import StandInHost

ONCE = Retry(timeout_s=0)
FORGET = {"type": "delete", "userId": "u-7"}


@attrs.frozen
class Exercise:
    """What came of it.

    Args:
        outcomes: The way to sign in, the action, and the outcome, of each event.
        requests: What the stand-in received.
    """

    outcomes: list
    requests: tuple


def deliver(connection, name, event, count=1, mapping=None, subscribe=""):
    """Return the outcomes of some events, each tried once."""
    action = connection.destination.actions[name]
    events = [{"messageId": f"m-{number}", **event} for number in range(count)]
    return list(
        connection.deliver(action, events, mapping=mapping, subscribe=subscribe, retry=ONCE)
    )


@cache
def exercised(package):
    """Test every way to sign in, deliver with every action, and list every dynamic choice."""
    api, outcomes = package.stand_in(), []
    with StandInHost() as host:
        peer = api(host)
        for label, settings in api.settings.items():
            connection = api.connect(host, package.slug, **settings)
            connection.test()
            actions = connection.destination.actions
            for name in api.only.get(label, actions):
                event, counts = (
                    api.events.get(name, FORGET),
                    (1, 3) if actions[name].batching else (1,),
                )
                mapping = api.mapping(actions[name])
                for count in counts:
                    told = deliver(connection, name, event, count, mapping, None)
                    outcomes += [(label, name, each) for each in told]
                for field in actions[name].fields:
                    if field.choices is dynamic and label not in api.only:
                        payload = api.mappings.get(name, {})
                        connection.choices(actions[name], field.name, payload=payload)
        return Exercise(outcomes, peer.requests)
