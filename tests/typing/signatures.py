"""The modules that only type checkers read: what a hookimpl or an action may ask for, and give.

    uv run python -m tests.typing.signatures

writes them. A function names the arguments it uses, in any subset, and Python's types have no word for
that: so each subset is a protocol of its own. The hooks' are made of the hookspecs.
"""

import inspect
from itertools import chain, combinations
from pathlib import Path

import pluggy

from portcall.actions.action import _CHOICES, ASIDES
from portcall.actions.batching import BATCH_ARGUMENTS
from portcall.actions.decorator import ARGUMENTS
from portcall.plugins import hookspecs

CORE = Path(__file__).parents[2] / "core" / "src" / "portcall"
AGAIN = "uv run python -m tests.typing.signatures"
_HEAD = f'''"""{{about}} For type checkers alone: made by ``{AGAIN}``."""

# fmt: off
from __future__ import annotations

'''
_ITERABLE = "list[str] | tuple[str, ...] | Set[str] | Iterator[str] | None"
"""An iterable of texts that is no text itself."""
_MOST_EXACT = 3
"""How many arguments besides its payload a function may have for each to be compared."""
_GIVEN = "Outcome | Response | Mapping[str, Any] | str | None"
TYPES = {
    "client": "Client",
    "settings": "Any",
    "auth": "Auth",
    "event": "Mapping[str, Any]",
    "events": "tuple[Mapping[str, Any], ...]",
    "items": "tuple[bytes, ...]",
    "payload": "_P",
    "payloads": "tuple[_P, ...]",
    "saved": "Any",
    "sync_mode": "str",
    "membership": "bool | None",
    "idempotency_key": "str",
    "query": "str",
    "page": "str | None",
    "name": "str",
    "audience_id": "str",
}
"""What an action's functions get, by the name that they ask for it with."""


def subsets(names, most=None):
    """Return every subset of *names* with at most *most* members, small ones first."""
    sizes = range((len(names) if most is None else most) + 1)
    return [*chain.from_iterable(combinations(names, size) for size in sizes)]


def title(names, before=""):
    return f"_{before}{''.join(name.title().replace('_', '') for name in names) or 'Nothing'}"


def protocol(name, base, arguments, answer):
    asked = "".join(f", {each}: {type_}" for each, type_ in arguments.items())
    star = ", *" if asked else ""
    return f"class {name}({base}):\n    def __call__(self{star}{asked}) -> {answer}: ..."


def union(name, members):
    return f"{name} = {' | '.join(members)}"


def variable(name, bound):
    return f'{name} = TypeVar("{name}", bound="{bound}")'


def hooks():
    manager = pluggy.PluginManager(hookspecs.NAME)
    manager.add_hookspecs(hookspecs)
    specs = [name for name in vars(hookspecs) if name in vars(manager.hook)]
    classes, unions, methods = {}, [], []
    for hook in specs:
        signature = inspect.signature(getattr(hookspecs, hook))
        types = {name: p.annotation for name, p in signature.parameters.items()}
        asked = [tuple(sorted(each)) for each in subsets(sorted(types))]
        for each in asked:
            arguments = {name: types[name] for name in each}
            classes[each] = protocol(title(each), "Protocol[_R]", arguments, "_R")
        answer = signature.return_annotation
        first = getattr(manager.hook, hook).spec.opts["firstresult"]
        around = answer if first else f"list[{answer.removesuffix(' | None')}]"
        if hook == "send_request":
            around = "Response"  # core answers last
        own = _ITERABLE if hook == "allowed_hosts" else answer
        args = f"{title([hook])}Arguments"
        unions.append(union(args, [f"{title(each)}[_R]" for each in asked]))
        plain, wrapper = title([hook]), f"{title([hook])}Wrapper"
        unions.append(variable(plain, f"{args}[{own}]"))
        unions.append(variable(wrapper, f"{args}[Generator[None, {around}, {around}]]"))
        methods.append(
            f"    @overload\n    def {hook}(self, function: {plain}, /) -> {plain}: ...\n"
            f"    @overload\n    def {hook}(self, *, wrapper: Literal[True]) -> "
            f"Callable[[{wrapper}], {wrapper}]: ...\n"
            f"    def {hook}(self, function: Any = None, *, wrapper: bool = False) -> Any: ..."
        )
    imports = (
        "from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Set\n"
        "from typing import Any, Literal, Protocol, TypeVar, overload\n\n"
        "from pluggy import HookRelay\n\n"
        "from portcall.actions.action import Action\n"
        "from portcall.model.auth import Auth, Authorization\n"
        "from portcall.model.http_request import Request, RequestOptions\n"
        "from portcall.model.http_response import Response, Verdict\n"
        "from portcall.requests.client import Client\n"
        "from portcall.secret import Text\n\n"
        '_R = TypeVar("_R", covariant=True)\n'
    )
    return "\n".join(
        [
            _HEAD.format(about="What a hookimpl may ask for and answer, hook by hook.") + imports,
            *(classes[each] for each in sorted(classes, key=lambda each: (len(each), each))),
            "",
            *unions,
            "\n\nclass HookimplSignatures:",
            *methods,
            "",
        ]
    )


def performing():
    """Return the types of an action's function; its payload makes the action generic."""
    others = sorted(ARGUMENTS - {"payload"})
    exact = [("payload", *each) for each in subsets(others, _MOST_EXACT)]
    wider = range(_MOST_EXACT + 2, len(ARGUMENTS) + 1)
    forgets = [f"{title(each)}[Deletion]" for each in exact]
    forgets += [_wide(count, _GIVEN) for count in wider]
    more = [variable("DeletionFunction", " | ".join(forgets))]
    about = "What an action's function may ask for and give."
    return _module(about, "ActionDecorator", exact, wider, _GIVEN, ("Action[_T]", "_T"), more)


def batches():
    """Return the types of a batch's function, for an action whose payload is known."""
    others = sorted(BATCH_ARGUMENTS - {"payloads", "items"})
    few = subsets(others, _MOST_EXACT - 1)
    exact = [
        *[(items, *each) for items in ("payloads", "items") for each in few],
        *[("payloads", "items", *each) for each in few if len(each) < _MOST_EXACT - 1],
    ]
    return _module(
        "What the function of an action's batch may ask for and give.",
        "BatchDecorator",
        exact,
        range(_MOST_EXACT + 1, len(BATCH_ARGUMENTS) + 1),
        "Outcomes",
        ("Callable[..., Outcomes]", "_T"),
    )


def _wide(count, given):
    return f"Callable[[{', '.join(['Any'] * count)}], {given}]"


def asides():
    """Return the types of what else an action can do: list choices, and what audiences need."""
    classes, variables = {}, []
    for name, asked, special, given in (
        ("ChoicesFunction", _CHOICES, {"payload": "Mapping[str, Any]"}, "Choices"),
        ("OnSaveFunction", ASIDES["on_save"], {"payload": "Any"}, "Mapping[str, Any]"),
        ("CreateAudienceFunction", ASIDES["create_audience"], {}, "str"),
        ("GetAudienceFunction", ASIDES["get_audience"], {}, "str | None"),
    ):
        types = {**TYPES, **special}
        members = []
        for each in subsets(sorted(asked)):
            made = title(each, "Saved" if special.get("payload") == "Any" else "")
            classes[made] = protocol(made, "Protocol[_R]", {n: types[n] for n in each}, "_R")
            members.append(f"{made}[{given}]")
        variables.append(variable(name, " | ".join(members)))
    return "\n".join(
        [
            _HEAD.format(about="What the other functions of an action may ask for and give.")
            + "from collections.abc import Mapping\n"
            "from typing import Any, Protocol, TypeVar\n\n"
            "from portcall.actions.choices import Choices\n"
            "from portcall.model.auth import Auth\n"
            "from portcall.requests.client import Client\n\n"
            '_R = TypeVar("_R", covariant=True)\n',
            *classes.values(),
            "",
            *variables,
            "",
        ]
    )


def _module(about, name, exact, wider, given, types, more=()):
    """Return a module of one decorator: a call for each subset, and for each larger number of arguments.

    Of a function with more arguments only what it returns is compared, not its arguments.
    """
    answer, own = types
    classes, calls = [], []
    for each in exact:
        arguments = {one: TYPES[one] for one in each}
        has_payload = any("_P" in type_ for type_ in arguments.values())
        base, made = (
            ("Protocol[_P]", f"{title(each)}[{own}]") if has_payload else ("Protocol", title(each))
        )
        classes.append(protocol(title(each), base, arguments, given))
        calls.append((made, answer))
    for count in wider:
        made = _wide(count, given)
        calls.append((made, answer.replace("_T", "Any")))
    return "\n".join(
        [
            _HEAD.format(about=about) + "from collections.abc import Callable, Mapping\n"
            "from typing import Any, Generic, Protocol, TypeVar, overload\n\n"
            + (
                "from portcall.actions.action import Action\nfrom portcall.actions.deletion import Deletion\n"
                if "Action" in answer
                else ""
            )
            + (
                "from portcall.actions.outcomes import Outcomes\n"
                if given == "Outcomes"
                else "from portcall.actions.outcomes import Outcome\n"
            )
            + "from portcall.model.auth import Auth\nfrom portcall.model.http_response import Response\n"
            "from portcall.requests.client import Client\n\n"
            '_P = TypeVar("_P", contravariant=True)\n'
            '_T = TypeVar("_T")\n',
            *classes,
            "",
            *more,
            f"\nclass {name}{'' if '_T' in answer else '(Generic[_T])'}:",
            *[
                f"    @overload\n    def __call__(self, function: {f}, /) -> {made}: ..."
                for f, made in calls
            ],
            "    def __call__(self, function: Any, /) -> Any: ...",
            "",
        ]
    )


def main():
    for path, text in made().items():
        path.write_text(text, encoding="utf-8")


def made():
    return {
        CORE / "plugins" / "hookimpl_signatures.py": hooks(),
        CORE / "actions" / "action_signatures.py": performing(),
        CORE / "actions" / "aside_signatures.py": asides(),
        CORE / "actions" / "batch_signatures.py": batches(),
    }


if __name__ == "__main__":
    main()
