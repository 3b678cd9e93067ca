"""One thing a destination can do with an event: a function, what it takes and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import attrs

from portcall.actions.batching import BATCH_ARGUMENTS, Batching, check, plain
from portcall.actions.callee import Callee
from portcall.actions.mapping.compiler import CompiledMapping, compile_mapping
from portcall.actions.payloads import Read, reader
from portcall.actions.presets import Preset
from portcall.errors import HookError
from portcall.fields import Field, dynamic, fields_of
from portcall.fields.plans import sync_modes_of

if TYPE_CHECKING:
    from typing_extensions import TypeVar as _TypeVar

    from portcall.actions.aside_signatures import (
        ChoicesFunction,
        CreateAudienceFunction,
        GetAudienceFunction,
        OnSaveFunction,
    )
    from portcall.actions.batch_signatures import BatchDecorator

    # So that ``Action`` alone is an action of any payload.
    _P = _TypeVar("_P", default=Any)
else:
    _P = TypeVar("_P")

_F = TypeVar("_F", bound=Callable[..., Any])

ASIDES: Final = {
    "on_save": frozenset({"client", "settings", "auth", "payload"}),
    "create_audience": frozenset({"client", "settings", "auth", "name"}),
    "get_audience": frozenset({"client", "settings", "auth", "audience_id"}),
}
_CHOICES: Final = frozenset({"client", "settings", "auth", "payload", "query", "page"})


@attrs.define(slots=False, eq=False)
class Action(Generic[_P]):
    """What `action` makes of a function; its own decorators add what else the action can do.

    Args:
        name: The function's name; what people type.
        title: For people: ``"Post a message"``.
        description: The first paragraph of the function's docstring.
        subscribe: The filter that a subscription starts with, in FQL.
        payload_class: An attrs class; its fields are the payload's schema.
        callee: The function itself.
        idempotent: Doing it twice does no harm.
        presets: Subscriptions to start from.
        sync_modes: What can be done with a record, the usual one first: ``("upsert", "delete")``.
        full_sync: Of an audience, every sync holds all members, not only what changed.
        batching: How it takes many events at once, if it does.
    """

    name: str
    title: str
    description: str
    subscribe: str
    payload_class: type[_P]
    callee: Callee = attrs.field(repr=False)
    idempotent: bool = False
    presets: tuple[Preset, ...] = attrs.field(default=(), repr=False)
    sync_modes: tuple[str, ...] = attrs.field(default=(), repr=False)
    full_sync: bool = attrs.field(default=False, repr=False)
    batching: Batching | None = attrs.field(default=None, repr=False)
    _asides: dict[str, Callee] = attrs.field(factory=dict, repr=False)

    @property
    def function(self) -> Callable[..., object]:
        """The function, as it was written."""
        return self.callee.function

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the function asks for."""
        return self.callee.names

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the payload.

        Raises:
            HookError: Something declared cannot work, such as a condition that names a sync mode which is
                none of the action's.
        """
        return self._fields

    @cached_property
    def _fields(self) -> tuple[Field, ...]:
        fields = fields_of(self.payload_class)
        for mode in sync_modes_of(fields):
            if mode not in self.sync_modes:
                known = ", ".join(self.sync_modes) or "none"
                raise HookError(
                    f"action {self.name!r}: a condition of its payload names the sync mode {mode!r};"
                    f" the action has {known}"
                )
        return fields

    @property
    def repeatable(self) -> bool:
        """It may be done again where it was maybe done: it is idempotent, or carries a key."""
        callees = [self.callee, *([self.batching.callee] if self.batching else ())]
        return self.idempotent or all("idempotency_key" in callee.names for callee in callees)

    @cached_property
    def mapping(self) -> CompiledMapping:
        """How an event becomes a payload without another mapping: the fields' own defaults."""
        defaults = {f.name: f.default_mapping for f in self.fields if f.default_mapping is not None}
        return compile_mapping(defaults)

    @cached_property
    def _usual_reader(self) -> Read:
        return self.reader()

    @cached_property
    def _readers(self) -> dict[str | None, Read]:
        return {}

    def read(self, event: Mapping[str, Any], *, sync_mode: str | None = None) -> Any:
        """Make the payload of one event.

        Args:
            event: A JSON object.
            sync_mode: One of the action's, for the conditions of fields; its first if None.

        Raises:
            SettingsError: Lists every field of the payload that cannot be used, and why.
        """
        return (self._usual_reader if sync_mode is None else self.reader(sync_mode=sync_mode))(
            event
        )

    def reader(self, mapping: object = None, *, sync_mode: str | None = None) -> Read:
        """Make a function that does what `read` does.

        Args:
            mapping: In place of the fields' own defaults, if not None.
            sync_mode: As for `read`.

        Raises:
            MappingError: The mapping is invalid; lists every reason.
        """
        mode = sync_mode or next(iter(self.sync_modes), None)
        if mapping is not None:
            return reader(self.payload_class, mapping, what=self.name, sync_mode=mode)
        read = self._readers.get(mode)
        if read is None:
            read = reader(self.payload_class, self.mapping, what=self.name, sync_mode=mode)
            self._readers[mode] = read
        return read

    def __call__(self, *args: Any, **kwargs: Any) -> object:
        """Call the function as it was written, for tests of a plugin's own."""
        return self.function(*args, **kwargs)

    def batch(
        self,
        *,
        size: int,
        size_bytes: int | None = None,
        item_bytes: int | None = None,
        keys: Sequence[str] = (),
        to_json: Callable[[_P], Any] | None = None,
        max_age_s: float | None = None,
    ) -> BatchDecorator[_P]:
        """Declare how the action takes many events with one request.

        The function asks by name for ``client``, ``payloads``, ``items`` (each payload as the bytes of
        its JSON), ``settings``, ``auth``, ``events``, ``saved``, ``sync_mode``, ``membership`` and
        ``idempotency_key``, and returns `Outcomes`.

        Args:
            size: The most items of one batch.
            size_bytes: The most bytes of its items' JSON together, with a comma between two.
            item_bytes: The most bytes of one item's JSON; a larger one is rejected.
            keys: Fields of the payload; a batch holds only items that agree in all of them.
            to_json: Gives an item as JSON has it, called once for each; by default its fields that are not
                None, by their names.
            max_age_s: Seconds for which the oldest item of a batch waits for others at most. None to leave
                that to who delivers: then a batch of a pipe leaves after 1 s, any other when it is full.

        Raises:
            HookError: A limit is below 1, or a key is not a field.
        """

        def add(function: Any) -> Any:
            callee = Callee.of(function, BATCH_ARGUMENTS, f"the batch of {self.name!r}")
            write = to_json or plain(self.payload_class)
            made = Batching(callee, size, size_bytes, item_bytes, tuple(keys), write, max_age_s)
            check(made, self.payload_class, self.name)
            self.batching = made
            return function

        return cast("BatchDecorator[_P]", add)

    def choices(self, field: str) -> Callable[[ChoicesFunction], ChoicesFunction]:
        """Declare how the values for a field with ``choices=dynamic`` are listed.

        The function asks for ``client``, ``settings``, ``auth``, ``payload`` (what is filled in so far, by
        name), ``query`` and ``page``, and returns `Choices`. One that does not ask for ``query``
        returns all, and portcall looks through them.

        Raises:
            HookError: There is no such field, or its choices are not dynamic.
        """
        if not any(each.name == field and _is_dynamic(each) for each in self.fields):
            raise HookError(f"action {self.name!r} has no field {field!r} with choices=dynamic")

        def add(function: ChoicesFunction) -> ChoicesFunction:
            what = f"the choices for {field!r} of {self.name!r}"
            self._asides[f"choices {field}"] = Callee.of(function, _CHOICES, what)
            return function

        return add

    def on_save(self, function: OnSaveFunction) -> OnSaveFunction:
        """Run when a mapping for this action is saved; later events see the result as ``saved``.

        The function asks for ``client``, ``settings``, ``auth`` and ``payload``, annotated with an attrs
        class: what a person fills in. It returns a JSON object.
        """
        return self._aside("on_save", function)

    def create_audience(self, function: CreateAudienceFunction) -> CreateAudienceFunction:
        """Make an audience: from ``client``, ``settings``, ``auth`` and ``name`` to its id there."""
        return self._aside("create_audience", function)

    def get_audience(self, function: GetAudienceFunction) -> GetAudienceFunction:
        """Look an audience up: from ``client``, ``settings``, ``auth`` and ``audience_id``.

        The function returns the audience's id, or None if it is gone.
        """
        return self._aside("get_audience", function)

    def aside(self, name: str) -> Callee | None:
        """Return what the author added under a name; None if nothing."""
        return self._asides.get(name)

    def add_aside(self, name: str, callee: Callee) -> None:
        """Add what `aside` then returns under a name."""
        self._asides[name] = callee

    def _aside(self, name: str, function: _F) -> _F:
        self._asides[name] = Callee.of(function, ASIDES[name], f"{name} of {self.name!r}")
        return function


def _is_dynamic(field: Field) -> bool:
    return field.choices is dynamic or (field.item is not None and _is_dynamic(field.item))
