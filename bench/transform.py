"""Filter, map eight fields and validate: events per second on one core.

    uv run python bench/transform.py

Beside the same work written by hand, and in ``@segment/actions-core`` if Node and npm are there; its
packages go into the folder that ``PORTCALL_NODE_CACHE`` names, or into one for temporary files.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from time import process_time
from typing import Any, Final

import attrs
from segment import node_folder

from portcall import Action, action, field, path, template
from portcall.actions.fql import Subscription

ROUNDS: Final = 7
EVENTS: Final = 20_000
SUBSCRIBE: Final = 'type = "track" and event = "Order Completed"'
EVENT: Final[dict[str, Any]] = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-1",
    "messageId": "m-1",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {"total": 41.5, "currency": "EUR", "order_id": "o-77"},
    "context": {"traits": {"email": "ada@example.com"}, "page": {"url": "https://shop.example/"}},
}


@attrs.frozen
class Order:
    """Eight fields, as actions have them."""

    user_id: str = field(label="User", default=path("$.userId"))
    event: str = field(label="Event", default=path("$.event"))
    order_id: str = field(label="Order", default=path("$.properties.order_id"))
    total: float = field(label="Total", default=path("$.properties.total"))
    currency: str | None = field(label="Currency", default=path("$.properties.currency"))
    email: str | None = field(label="Email", default=path("$.context.traits.email"))
    page: str | None = field(label="Page", default=path("$.context.page.url"))
    text: str = field(label="Text", default=template("{{event}}: {{properties.total}}"))


@action(title="Send", subscribe=SUBSCRIBE)
def send(payload: Order) -> None:
    """Nothing is sent here."""


def by_hand(event: Mapping[str, Any]) -> Order | None:
    """Do the same as a careful person would write it."""
    if event.get("type") != "track" or event.get("event") != "Order Completed":
        return None
    properties, context = event.get("properties") or {}, event.get("context") or {}
    traits, page = context.get("traits") or {}, context.get("page") or {}
    return Order(
        user_id=_text(event.get("userId")),
        event=_text(event.get("event")),
        order_id=_text(properties.get("order_id")),
        total=_number(properties.get("total")),
        currency=_optional(properties.get("currency")),
        email=_optional(traits.get("email")),
        page=_optional(page.get("url")),
        text=f"{event.get('event')}: {properties.get('total')}",
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("text is needed")
    return value


def _optional(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("must be text")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a number is needed")
    return value


def ours(chosen: Action) -> Callable[[Mapping[str, Any]], Any]:
    """Filter and read, as a delivery does."""
    matches, read = Subscription.parse(chosen.subscribe).matches, chosen.read
    return lambda event: read(event) if matches(event) else None


def cost_us(work: Callable[[Mapping[str, Any]], Any]) -> float:
    """Return CPU microseconds for one event."""
    started = process_time()
    for _ in range(EVENTS):
        work(EVENT)
    return (process_time() - started) / EVENTS * 1e6


_SCRIPT: Final = """
const {Destination, fieldsToJsonSchema} = require('@segment/actions-core');
const {transform} = require('@segment/actions-core/mapping-kit');
const {validateSchema} = require('@segment/actions-core/schema-validation');
const {parseFql, validate} = require('@segment/destination-subscriptions');
const {event, mapping, subscribe, fields, events, rounds} = JSON.parse(process.argv[1]);
const ast = parseFql(subscribe), schema = fieldsToJsonSchema(fields);
const send = {title: 'Send', description: '', fields, perform: () => null};
const acme = {name: 'Acme', mode: 'cloud', authentication: {scheme: 'custom', fields: {}}};
const destination = new Destination({...acme, actions: {send}});
const settings = {subscription: {subscribe, mapping, partnerAction: 'send'}};
const ways = {
  destination: async () => destination.onEvent(event, settings),
  functions: () => validate(ast, event)
    && validateSchema(transform(mapping, event), schema, {schemaKey: 'a:b'}),
};
(async () => {
  const best = {};
  for (const [name, work] of Object.entries(ways))
    for (let round = 0; round < rounds; round++) {
      const started = process.cpuUsage();
      if (name == 'destination') for (let n = 0; n < events; n++) await work();
      else for (let n = 0; n < events; n++) work();
      const used = process.cpuUsage(started);
      best[name] = Math.min(best[name] ?? Infinity, (used.user + used.system) / events);
    }
  console.log(JSON.stringify(best));
})();
"""


def theirs_us() -> dict[str, float]:
    """Return CPU microseconds of ``@segment/actions-core`` for one event; empty without Node.

    ``destination`` is its way in, ``Destination.onEvent``, with an action that does nothing; ``functions``
    are the three that do the work, called alone.
    """
    folder = node_folder("@segment/actions-core", "@segment/destination-subscriptions", "liquidjs")
    if folder is None:
        return {}
    fields = {
        each.name: {
            "label": each.label,
            "description": "",
            "type": "number" if each.kind == "number" else "string",
            "required": each.required,
        }
        for each in send.fields
    }
    task = {
        "event": EVENT,
        "mapping": {each.name: each.default_mapping.to_json() for each in send.fields},
        "subscribe": SUBSCRIBE,
        "fields": fields,
        "events": EVENTS,
        "rounds": ROUNDS,
    }
    command = ["node", "-e", _SCRIPT, json.dumps(task)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    best: dict[str, float] = json.loads(done.stdout)
    return best


def main() -> None:
    """Measure all three in turns and print them."""
    work = ours(send)
    if work(EVENT) != by_hand(EVENT):
        raise RuntimeError("the two do not do the same")
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, function in (("portcall", work), ("by hand", by_hand)):
            best[name] = min(best.get(name, 1e9), cost_us(function))
    theirs = {f"actions-core, {name}": used for name, used in theirs_us().items()}
    print(f"{'':26} {'CPU us':>8} {'events/s':>12} {'portcall is':>12}")
    for name, used in {**best, **theirs}.items():
        times = f"{used / best['portcall']:.2f}"
        print(f"{name:26} {used:>8.2f} {1e6 / used:>12,.0f} {times:>12}")
    print("goals: 0.6 of what is written by hand, 10 of actions-core")


if __name__ == "__main__":
    main()
