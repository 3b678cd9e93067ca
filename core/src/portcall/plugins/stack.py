"""One plugin manager for each destination: its layers, composed once, behind typed methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import attrs

from portcall.errors import HookError
from portcall.model.auth import Auth, Authorization
from portcall.model.http_request import Request, RequestOptions
from portcall.model.http_response import Response, Verdict
from portcall.plugins import hookspecs
from portcall.plugins.layers import Layer, culprit, note
from portcall.plugins.registering import register
from portcall.plugins.traced_manager import TracedManager
from portcall.raised import ends_program, text_of
from portcall.secret import Text

if TYPE_CHECKING:
    from portcall.actions.action import Action
    from portcall.requests.client import Client

_T = TypeVar("_T")
MOST: Final = 1000
"""How many hosts or actions one destination may have."""


class Stack:
    """Typed view of one composed plugin manager; each method answers as the hookspec of its name.

    Every method raises what a hookimpl raises, with a note that names hook and plugin, and
    `HookError` for an answer that the hookspec does not allow.

    Args:
        slug: The destination, for messages.
        layers: Weakest first: core, extras, scheme, destination.
        strict: Refuse hooks that no layer declares; off only to ask a destination for its scheme.

    Raises:
        PluginLoadError: A layer cannot be registered: it misspells a hook, say.
    """

    def __init__(self, slug: str, layers: Iterable[Layer], *, strict: bool = True) -> None:
        self.slug: Final = slug
        self.layers: Final = tuple(layers)
        manager = TracedManager(hookspecs.NAME)
        manager.add_hookspecs(hookspecs)
        for layer in self.layers:
            register(manager, layer, strict=strict)
        self.manager: Final = manager
        self.hooks: Final = manager.hook
        self._asks: Final = manager.asks
        self.signs: Final = self.implements("sign_request")
        self.classifies: Final = self.implements("classify_response")
        self.asks_on_challenge: Final = any(
            "client" in impl.argnames for impl in manager.hook.answer_challenge.get_hookimpls()
        )
        """Whether an answer to a challenge may wait for the destination."""

    def implements(self, hook: str) -> bool:
        """Return whether any layer answers *hook*; False for a hook that no layer of this stack declares."""
        caller = getattr(self.hooks, hook, None)
        return caller is not None and bool(caller.get_hookimpls())

    def answers(self, hook: str, layer: Layer) -> bool:
        """Return True if *layer* itself implements *hook*."""
        impls = getattr(self.hooks, hook).get_hookimpls()
        return any(impl.plugin_name == layer.key for impl in impls)

    def auth_scheme(self) -> str:
        return self._first("auth_scheme", str) or "custom"

    def auth_fields(self) -> list[type[Any]]:
        """Strongest layer first."""
        return self._each("auth_fields", type, attrs.has)

    def allowed_hosts(self, settings: Any) -> tuple[str, ...]:
        hosts = self._first("allowed_hosts", object, settings=settings)
        return self._tuple("allowed_hosts", hosts, str)

    def extend_request(
        self, request: Request, settings: Any, auth: Auth, payload: Any
    ) -> list[RequestOptions]:
        """Strongest layer first."""
        try:
            ask = self._asks.get("extend_request") or self.manager.ask("extend_request")
            answers: list[RequestOptions] = ask(request, settings, auth, payload, self.hooks)
        except BaseException as exc:
            self._blame("extend_request", exc)
            raise
        for answer in answers:
            if answer.__class__ is not RequestOptions:
                self._refuse("extend_request", answer)
        return answers

    def sign_request(self, request: Request, settings: Any, auth: Auth) -> RequestOptions | None:
        try:
            ask = self._asks.get("sign_request") or self.manager.ask("sign_request")
            answer: RequestOptions | None = ask(request, settings, auth, self.hooks)
        except BaseException as exc:
            self._blame("sign_request", exc)
            raise
        if answer is not None and not isinstance(answer, RequestOptions):
            self._refuse("sign_request", answer)
        return answer

    def send_request(self, request: Request) -> Response:
        try:
            ask = self._asks.get("send_request") or self.manager.ask("send_request")
            answer = ask(request)
        except BaseException as exc:
            self._blame("send_request", exc)
            raise
        if not isinstance(answer, Response):
            self._refuse("send_request", answer)
        return answer

    def classify_response(
        self, request: Request, response: Response, settings: Any, auth: Auth
    ) -> Verdict | None:
        return self._first(
            "classify_response",
            Verdict,
            request=request,
            response=response,
            settings=settings,
            auth=auth,
        )

    def answer_challenge(
        self, request: Request, response: Response, settings: Any, auth: Auth, client: Client
    ) -> Auth | None:
        return self._first(
            "answer_challenge",
            Auth,
            request=request,
            response=response,
            settings=settings,
            auth=auth,
            client=client,
        )

    def refresh_access_token(self, client: Client, settings: Any, auth: Auth) -> Auth | None:
        return self._first(
            "refresh_access_token", Auth, client=client, settings=settings, auth=auth
        )

    def test_authentication(self, client: Client, settings: Any, auth: Auth) -> str | None:
        return self._first("test_authentication", str, client=client, settings=settings, auth=auth)

    def begin_authorization(
        self, client: Client, settings: Any, redirect_url: str, auth: Auth
    ) -> Authorization | None:
        return self._first(
            "begin_authorization",
            Authorization,
            client=client,
            settings=settings,
            redirect_url=redirect_url,
            auth=auth,
        )

    def finish_authorization(
        self,
        client: Client,
        settings: Any,
        pending: Mapping[str, Text],
        redirected_url: str,
        auth: Auth,
    ) -> Auth | None:
        return self._first(
            "finish_authorization",
            Auth,
            client=client,
            settings=settings,
            pending=pending,
            redirected_url=redirected_url,
            auth=auth,
        )

    def actions(self) -> tuple[Action, ...]:
        from portcall.actions.action import Action  # noqa: PLC0415  # only a stack that is asked needs them

        return self._tuple("actions", self._first("actions", object), Action)

    def _first(self, hook: str, expected: type[_T], **arguments: Any) -> _T | None:
        answer = self._call(hook, arguments)
        if answer is not None and not isinstance(answer, expected):
            self._refuse(hook, answer)
        return answer

    def _each(self, hook: str, expected: type[_T], good: Callable[[_T], bool]) -> list[_T]:
        answers: list[_T] = self._call(hook, {})
        for answer in answers:
            if not isinstance(answer, expected) or not good(answer):
                self._refuse(hook, answer)
        return answers

    def _tuple(self, hook: str, answer: object, member: type[_T]) -> tuple[_T, ...]:
        if answer is None:
            return ()
        if isinstance(answer, str | bytes) or not isinstance(answer, Iterable):
            self._refuse(hook, answer)
        try:
            members = tuple(islice(answer, MOST + 1))
        except Exception as exc:
            self._blame(hook, exc)
            raise
        if len(members) > MOST:
            self._refuse(hook, answer)
        for one in members:
            if not isinstance(one, member):
                self._refuse(hook, one)
        return members

    def _call(self, hook: str, arguments: dict[str, Any]) -> Any:
        try:
            return getattr(self.hooks, hook)(**arguments, hooks=self.hooks)
        except BaseException as exc:
            self._blame(hook, exc)
            raise

    def _blame(self, hook: str, exc: BaseException) -> None:
        """Note on *exc* which plugin's hookimpl it came out of.

        Raises:
            HookError: In place of *exc*, if that would end the program.
        """
        layer = culprit(getattr(self.hooks, hook), self.layers, exc)
        note(exc, f"portcall: in {hook} of plugin {layer.name!r} ({layer.source})")
        if ends_program(exc):
            raise HookError(
                f"{self.slug}: {hook} of plugin {layer.name!r} ({layer.source}) tried to end the "
                f"program ({type(exc).__name__}: {text_of(exc)})"[:600]
            ) from exc

    def _refuse(self, hook: str, answer: object) -> NoReturn:
        layer = culprit(getattr(self.hooks, hook), self.layers, None)
        raise HookError(
            f"{self.slug}: {hook} of plugin {layer.name!r} ({layer.source}) answered with "
            f"{type(answer).__name__}; it must be {_EXPECTED[hook]}"
        )


_EXPECTED: Final = {
    "auth_scheme": "the name of a scheme",
    "auth_fields": "an attrs class",
    "allowed_hosts": "a list of host patterns",
    "extend_request": "RequestOptions or None",
    "sign_request": "RequestOptions or None",
    "send_request": "a Response",
    "classify_response": "a Verdict or None",
    "answer_challenge": "an Auth or None",
    "refresh_access_token": "an Auth or None",
    "test_authentication": "the identity as text, or None",
    "begin_authorization": "an Authorization or None",
    "finish_authorization": "an Auth or None",
    "actions": "a list of actions",
}
