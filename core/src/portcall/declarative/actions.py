"""The actions of a destination file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import attrs

from portcall.actions.action import Action
from portcall.actions.batching import Batching, check, plain
from portcall.actions.callee import Callee
from portcall.actions.deletion import Deletion
from portcall.actions.fql import Subscription
from portcall.actions.mapping.validate import validate_mapping
from portcall.actions.outcomes import Outcome
from portcall.actions.presets import Preset
from portcall.declarative.asides import add_asides
from portcall.declarative.batches import compile_batch, item_template
from portcall.declarative.call_documents import METHODS, BatchTable, CallTable
from portcall.declarative.calls import Call, compile_call
from portcall.declarative.documents import METHOD, ActionTable, CaseTable, PresetTable
from portcall.declarative.dynamic_choices import add_choices
from portcall.declarative.fieldsets import fields_class
from portcall.declarative.scopes import Report, Scope
from portcall.declarative.templates import Values, uses
from portcall.errors import HookError, SubscriptionError
from portcall.fields import dynamic, fields_of
from portcall.requests.client import Client
from portcall.requests.json_bodies import encode_json

ROOTS: Final = ("idempotency_key", "saved", "sync_mode", "membership")
"""What templates of an action may name beside settings, auth and payload."""


def compile_action(
    name: str,
    table: ActionTable,
    at: tuple[str, ...],
    scope: Scope,
    methods: Collection[str] = (),
) -> Action:
    """Compile one action with its batch, choices and presets.

    Args:
        name: What people type.
        table: The action's table.
        at: Its path.
        scope: What its templates may name beside the payload.
        methods: The ways to sign in that its cases may name.
    """
    cls = fields_class(f"{name}_payload", table.fields, (*at, "fields"), scope.report)
    names = frozenset(f.name for f in fields_of(cls))
    saved = frozenset(table.on_save.saved if table.on_save else ())
    roots: dict[str, frozenset[str] | None] = {**dict.fromkeys(ROOTS), "saved": saved}
    inner = Scope({**scope.known, "payload": names, **roots}, scope.report)
    _check_filter(table.subscribe, (*at, "subscribe"), scope)
    action = Action(
        name,
        table.title,
        table.description,
        table.subscribe,
        cls,
        _performer(table, at, inner, cls, methods),
        idempotent=table.idempotent,
        full_sync=table.full_sync,
        presets=tuple(
            _preset(each, (*at, "presets", f"{n}"), names, scope)
            for n, each in enumerate(table.presets)
        ),
        sync_modes=tuple(table.sync_modes),
    )
    if table.batch is not None:
        _add_batch(action, table, (*at, "batch"), inner)
    add_asides(action, table, at, scope)
    for each, choices in table.choices.items():
        add_choices(action, each, choices, (*at, "choices", each), scope)
    for field in action.fields:
        if field.choices is dynamic and field.name not in table.choices:
            scope.report(
                (*at, "fields", field.name),
                f"has dynamic choices, and [choices.{field.name}] is missing",
            )
    return action


def compile_deletion(table: CallTable, at: tuple[str, ...], scope: Scope) -> Action:
    """Compile the action that forgets a person; its payload is a `Deletion`."""
    names = frozenset(f.name for f in attrs.fields(Deletion))
    inner = Scope({**scope.known, "payload": names}, scope.report)
    call = compile_call(table, at, inner, idempotent=True)

    def forget(client: Client, payload: Deletion, settings: Any, auth: Any) -> None:
        call(client, {"settings": settings, "auth": auth, "payload": payload})

    return Action(
        "delete",
        "Delete a person",
        "Forget a person.",
        'type = "delete"',
        Deletion,
        Callee(forget, ("client", "payload", "settings", "auth")),
        idempotent=True,
    )


def _performer(
    table: ActionTable,
    at: tuple[str, ...],
    scope: Scope,
    cls: type[Any],
    methods: Collection[str],
) -> Callee:
    header = table.idempotency_header
    write = plain(cls)
    if table.cases and table.batch is not None:
        scope.report((*at, "cases"), "an action with cases takes one event at a time, not batches")

    if table.batch is not None and not sends_alone(table):
        return _batch_of_one(table, table.batch, at, scope, cls)

    def compiled(call: CallTable, where: tuple[str, ...]) -> Call:
        return compile_call(
            call,
            where,
            scope,
            default_body=lambda values: write(values["payload"]),
            idempotent=True if table.idempotent else None,
        )

    usual = compiled(table, at)
    places = ((case, (*at, "cases", f"{n}")) for n, case in enumerate(table.cases))
    cases = [
        (_case(case, where, table, methods, scope.report), compiled(case, where))
        for case, where in places
    ]

    def perform(client: Client, **values: Any) -> None:
        call = next((call for holds, call in cases if holds(values)), usual)
        sent = client if header is None else _with_header(client, header, values["idempotency_key"])
        call(sent, values)

    used = [root for root in ROOTS if _asks(table, root)]
    return Callee(perform, ("client", "payload", "settings", "auth", *used))


def sends_alone(table: ActionTable) -> bool:
    """Return whether an action has a request for a single event, beside its batch's."""
    return bool(table.cases) or any(getattr(table, name) is not None for name in METHODS)


def _batch_of_one(
    table: ActionTable, batch: BatchTable, at: tuple[str, ...], scope: Scope, cls: type[Any]
) -> Callee:
    """Make what sends a single event as the batch's only item, and reads its result."""
    send = compile_batch(batch, (*at, "batch"), scope, table.idempotency_header)
    write = item_template(batch, (*at, "batch"), scope) or plain(cls)

    def perform(client: Client, payload: Any, **roots: Any) -> Outcome:
        return send(client, [payload], [encode_json(write(payload))], **roots)[0]

    used = _roots_of(batch, table.idempotency_header)
    return Callee(perform, ("client", "payload", "settings", "auth", *used))


def _roots_of(batch: BatchTable, header: str | None) -> list[str]:
    return [
        root
        for root in ROOTS
        if _asks(batch, root) or (root == "idempotency_key" and header is not None)
    ]


def _case(
    case: CaseTable,
    at: tuple[str, ...],
    table: ActionTable,
    methods: Collection[str],
    report: Report,
) -> Callable[[Values], bool]:
    wanted = {"sync_mode": case.sync_mode, "membership": case.membership}
    asked = {name: value for name, value in wanted.items() if value is not None}
    if not asked and case.method is None:
        report(at, "a case has a `method`, a `sync_mode`, or a `membership`")
    for name, value, there in (
        ("sync_mode", case.sync_mode, table.sync_modes),
        ("method", case.method, methods),
    ):
        if value is not None and value not in there:
            known = ", ".join(there) or "none"
            what = name.replace("_", " ")
            report((*at, name), f"`{value}` is not a known {what}: {known}")

    def holds(values: Values) -> bool:
        if case.method is not None and case.method != getattr(values["settings"], METHOD, None):
            return False
        return all(values[name] == value for name, value in asked.items())

    return holds


def _asks(table: ActionTable | BatchTable, root: str) -> bool:
    """Return whether an action's own requests use a root; what is apart from it does not count."""
    if isinstance(table, BatchTable):
        return uses(table, root)
    if root == "idempotency_key" and table.idempotency_header is not None:
        return True
    if any(getattr(case, root, None) is not None for case in table.cases):
        return True
    own = attrs.evolve(
        table, batch=None, on_save=None, create_audience=None, get_audience=None,
        choices={}, fields={}, presets=[], subscribe="", title="", description="",
    )  # fmt: skip
    return uses(own, root)


def _with_header(client: Client, name: str, value: str) -> Any:
    def send(url: str, *, headers: Mapping[str, Any] | None = None, **options: Any) -> Any:
        return client(url, headers={**(headers or {}), name: value}, **options)

    return send


def _add_batch(action: Action, table: ActionTable, at: tuple[str, ...], scope: Scope) -> None:
    batch, header = table.batch, table.idempotency_header
    if batch is None:
        return
    send = compile_batch(batch, at, scope, header)
    write = item_template(batch, at, scope) or plain(action.payload_class)
    used = _roots_of(batch, header)
    callee = Callee(send, ("client", "payloads", "items", "settings", "auth", *used))
    batching = Batching(
        callee,
        batch.size,
        batch.size_bytes,
        batch.item_bytes,
        tuple(batch.keys),
        write,
        batch.max_age_s,
    )
    try:
        check(batching, action.payload_class, action.name)
    except HookError as error:
        scope.report(at, f"{error}")
    action.batching = batching


def _preset(table: PresetTable, at: tuple[str, ...], names: frozenset[str], scope: Scope) -> Preset:
    _check_filter(table.subscribe, (*at, "subscribe"), scope)
    for problem in validate_mapping(table.mapping):
        scope.report((*at, "mapping"), problem.message)
    for name in table.mapping:
        if name not in names:
            scope.report((*at, "mapping", name), f"`{name}` is not a field of the action")
    return Preset(table.name, table.subscribe, table.mapping)


def _check_filter(source: str, at: tuple[str, ...], scope: Scope) -> None:
    try:
        if source:
            Subscription.parse(source)
    except SubscriptionError as error:
        scope.report(at, f"{error}")
