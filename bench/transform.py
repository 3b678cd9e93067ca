"""Filter, map eight fields and validate, and render eight Liquid templates: events per second on one core.

    uv run python bench/transform.py [--quick]

Beside the same work written by hand, and in ``@segment/actions-core`` if Node and npm are there; its
packages go into the folder that ``PORTCALL_NODE_CACHE`` names, or into one for temporary files.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from time import process_time
from typing import Any, Final

import attrs
from measured import note
from segment import node_folder

from portcall import Action, action, field, path, template
from portcall.actions.fql import Subscription
from portcall.actions.mapping.authoring import liquid
from portcall.actions.mapping.compiler import compile_mapping

QUICK: Final = "--quick" in sys.argv
ROUNDS: Final = 3 if QUICK else 7
EVENTS: Final = 5_000 if QUICK else 20_000
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

LIQUID: Final = (
    "{{ userId }}",
    "{{ event | upcase }}",
    "{{ properties.order_id | remove: 'o-' }}",
    "{{ properties.total | times: 100 | round }}",
    "{{ properties.currency | default: 'USD' }}",
    "{{ context.traits.email | downcase | strip }}",
    "{% if context.page.url contains 'shop' %}shop{% else %}web{% endif %}",
    "{{ timestamp | date: '%Y-%m-%d' }}",
)


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
const {event, mapping, templates, subscribe, fields, events, rounds} = JSON.parse(process.argv[1]);
const ast = parseFql(subscribe), schema = fieldsToJsonSchema(fields);
const send = {title: 'Send', description: '', fields, perform: () => null};
const acme = {name: 'Acme', mode: 'cloud', authentication: {scheme: 'custom', fields: {}}};
const destination = new Destination({...acme, actions: {send}});
const settings = {subscription: {subscribe, mapping, partnerAction: 'send'}};
const ways = {
  destination: async () => destination.onEvent(event, settings),
  functions: () => validate(ast, event)
    && validateSchema(transform(mapping, event), schema, {schemaKey: 'a:b'}),
  liquid: () => transform(templates, event),
};
(async () => {
  const best = {};
  for (const [name, work] of Object.entries(ways))
    for (let round = 0; round < rounds; round++) {
      const count = name == 'liquid' ? events / 10 : events;
      const started = process.cpuUsage();
      if (name == 'destination') for (let n = 0; n < count; n++) await work();
      else for (let n = 0; n < count; n++) work();
      const used = process.cpuUsage(started);
      best[name] = Math.min(best[name] ?? Infinity, (used.user + used.system) / count);
    }
  console.log(JSON.stringify({best, rendered: transform(templates, event)}));
})();
"""


def theirs_us(templates: Mapping[str, Any], rendered: object) -> dict[str, float]:
    """Return CPU microseconds of ``@segment/actions-core`` for one event; empty without Node.

    ``destination`` is its way in, ``Destination.onEvent``, with an action that does nothing; ``functions``
    are the three that do the work, called alone; ``liquid`` is ``transform`` with ``@liquid`` fields.

    Args:
        templates: A mapping of ``@liquid`` fields.
        rendered: What portcall makes of it.
    """
    folder = node_folder(
        "@segment/actions-core", "@segment/destination-subscriptions", "liquidjs@10.27"
    )
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
        "templates": templates,
        "subscribe": SUBSCRIBE,
        "fields": fields,
        "events": EVENTS,
        "rounds": ROUNDS,
    }
    command = ["node", "-e", _SCRIPT, json.dumps(task)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    if found["rendered"] != rendered:
        raise RuntimeError("the two do not render the same")
    best: dict[str, float] = found["best"]
    return best


def main() -> None:
    """Measure all in turns and print them."""
    work = ours(send)
    if work(EVENT) != by_hand(EVENT):
        raise RuntimeError("the two do not do the same")
    directives = {f"f{number}": liquid(source) for number, source in enumerate(LIQUID)}
    render = compile_mapping(directives)
    ways: dict[str, Callable[[Mapping[str, Any]], Any]] = {
        "portcall": work,
        "by hand": by_hand,
        "portcall, liquid": render,
    }
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, function in ways.items():
            best[name] = min(best.get(name, 1e9), cost_us(function))
    templates = {name: directive.to_json() for name, directive in directives.items()}
    theirs = theirs_us(templates, render(EVENT))
    best |= {f"actions-core, {name}": used for name, used in theirs.items()}
    print(f"{'':26} {'CPU us':>8} {'events/s':>12} {'portcall is':>12}")
    for name, used in best.items():
        base = best["portcall, liquid" if name.endswith("liquid") else "portcall"]
        print(f"{name:26} {used:>8.2f} {1e6 / used:>12,.0f} {used / base:>12.2f}")
        if name.startswith("portcall"):
            note("8 Liquid templates" if name.endswith("liquid") else "filter, map, validate", used)
    print("goals: 1.0 of what is written by hand, 10 of actions-core, 1 of its liquid")


if __name__ == "__main__":
    main()
