"""A destination whose actions a test brings, a clock that a test holds, and events."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import attrs
import pytest

from portcall import (
    Host,
    Outcome,
    Outcomes,
    RequestOptions,
    Retry,
    Secret,
    action,
    field,
    hookimpl,
    path,
)


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    api_key: Secret = field(label="API key", default="key-7f3a9b")


@attrs.frozen
class Message:
    channel: str = field(label="Channel", default=path("$.channel"))
    text: str = field(label="Text", default=path("$.text"))


class Clock:
    """Time that advances only during a sleep."""

    def __init__(self):
        self.start = datetime.now(UTC)
        self.passed = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.passed += seconds

    def retry(self, **more):
        return Retry(
            now=lambda: self.start + timedelta(seconds=self.passed),
            monotonic=lambda: self.passed,
            sleep=self.sleep,
            random=lambda: 0.5,
            **more,
        )


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def connect(peer):
    hosts = []

    def connect(*actions, auth=None, extras=(), save=None, **hooks):
        defaults = {
            "auth_fields": lambda: Settings,
            "allowed_hosts": lambda: ["{endpoint}"],
            "extend_request": lambda settings, auth: RequestOptions(
                base_url=settings.endpoint,
                headers={"X-Key": settings.api_key, "X-Token": auth.access_token or ""},
            ),
            "actions": lambda: list(actions),
        }
        made = {name: hookimpl(hook) for name, hook in {**defaults, **hooks}.items()}
        plugins = {"acme": SimpleNamespace(**made)}
        host = Host(extras, allow_private=["127.0.0.1"], plugins=plugins)
        hosts.append(host)
        return host.destination("acme").connect({"endpoint": peer.url}, auth, save=save)

    yield connect
    for host in hosts:
        host.close()


class Acme:
    """Actions and events to make deliveries of."""

    Message = Message

    @staticmethod
    def event(text="hi", **more):
        return {"type": "track", "channel": "c", "text": text, **more}

    @staticmethod
    def kinds(outcomes):
        return [outcome.kind for outcome in outcomes]

    @staticmethod
    def poster(look=None, **options):
        """An action that posts an event, and maybe looks at the answer."""

        @action(title="Post", subscribe='type = "track"', **options)
        def post(client, payload: Message):
            response = client.post("/messages", json={"text": payload.text})
            if look is not None:
                look(response)

        return post

    @classmethod
    def batched(cls, answer=None, size=10, **options):
        """An action that posts batches, and maybe reads outcomes out of the answer."""
        post = cls.poster(**options)

        @post.batch(size=size)
        def post_all(client, payloads):
            response = client.post("/batch", json=[payload.text for payload in payloads])
            return answer(response) if answer else Outcomes.delivered(payloads)

        return post

    @staticmethod
    def statuses(response):
        """Read {"items": [{"n": 0, "status": 200}]}."""
        items = response.json()["items"]
        return Outcomes({each["n"]: Outcome.of_status(each["status"]) for each in items})


@pytest.fixture
def acme():
    return Acme
