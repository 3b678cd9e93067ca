"""What is checked: a plugin, what it loads to, what it is written in and what it ships in."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import attrs

from portcall.actions.action import Action
from portcall.checks.distribution.distribution_metadata import (
    Project,
    folder_above,
    project_in,
    project_of,
)
from portcall.checks.finding import NOWHERE, Place
from portcall.checks.imports.import_probe import alone
from portcall.checks.reply import Reply
from portcall.checks.samples import TOKENS, sample
from portcall.checks.sources import Source, sources_at
from portcall.connection import Connection
from portcall.destination import Destination
from portcall.errors import SettingsError
from portcall.host import Host
from portcall.model.auth import Auth
from portcall.plugins.info import PluginInfo
from portcall.raised import text_of

PRIVATE: Final = ("127.0.0.1", "localhost")
"""Where settings that are made up may lead."""


@attrs.define(slots=False, eq=False)
class Subject:
    """One plugin under check; what several checks share is worked out once, when it is first asked for.

    Args:
        info: Where it comes from: slug, group, target.
        plugin: The module or object with hookimpls; None if it cannot be imported.
        destination: What it loads to; None if it cannot be, or if it is a scheme, an extra or a store.
        load_error: Why there is no ``plugin``, or no ``destination``.
        folder: The folder of its project, if the check was asked about that.
        given_settings: What the author passed to check it with.
        given_auth: Credentials that the author passed.
        answers: Replies that the destination would give, by the name of the action.
    """

    info: PluginInfo
    plugin: object = None
    destination: Destination | None = None
    load_error: BaseException | None = None
    folder: Path | None = None
    given_settings: Mapping[str, object] | None = attrs.field(default=None, repr=False)
    given_auth: Auth | None = attrs.field(default=None, repr=False)
    answers: Mapping[str, Sequence[Reply]] = attrs.field(factory=dict)

    @property
    def slug(self) -> str:
        """What people type."""
        return self.info.slug

    @property
    def kind(self) -> str:
        """``"destination"``, ``"scheme"``, ``"extra"`` or ``"store"``."""
        return self.info.group.rpartition(".")[2].removesuffix("s")

    @property
    def loaded(self) -> Destination:
        """The destination; only for checks that need it."""
        if self.destination is None:
            raise RuntimeError("a check that needs the destination did not say so")
        return self.destination

    @property
    def shipped(self) -> Project:
        """What it ships in; only for checks that need it."""
        if self.project is None:
            raise RuntimeError("a check that needs the project did not say so")
        return self.project

    @property
    def module(self) -> str:
        """The name that it is imported by; empty for a file and for an object."""
        return "" if self.file is not None else self.info.target.partition(":")[0].strip()

    @property
    def file(self) -> Path | None:
        """The file that is the whole plugin; None if it is a package or an object."""
        return self.info.plugin if isinstance(self.info.plugin, Path) else None

    @cached_property
    def package(self) -> Path | None:
        """The folder of its package, or its only file; None for an object of a program's own."""
        if self.file is not None:
            return self.file
        module = self.plugin if isinstance(self.plugin, ModuleType) else None
        where = getattr(module, "__file__", None) or self._looked_up()
        if where is None:
            return None
        path = Path(where)
        return path.parent if path.name == "__init__.py" else path

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Its own files, tests apart; empty if they are not at hand."""
        return sources_at(self.package) if self.package is not None else ()

    @cached_property
    def probe(self) -> Mapping[str, Any]:
        """What its import does, in a process of its own; nothing of what cannot be imported so."""
        return self.probed()

    def probed(self) -> Mapping[str, Any]:
        """Import it in a process of its own, now."""
        package = self.package
        if package is None or (self.file is not None and self.file.suffix != ".py"):
            return {}
        folders = (
            [f"{each.resolve()}" for each in (self.folder / "src", self.folder)]
            if self.folder
            else []
        )
        return alone(self.module, package.resolve(), folders)

    @cached_property
    def project(self) -> Project | None:
        """What it ships in; None for a lone file and for an object."""
        folder, origin = self.folder, self.info.origin
        installed = project_of(origin) if origin is not None else None
        if folder is None and installed is not None and self.package is not None:
            folder = folder_above(self.package, installed.name)
        return project_in(folder) if folder is not None else installed

    @cached_property
    def settings(self) -> Mapping[str, object]:
        """What it is connected with: given by the author, or made up after its fields."""
        if self.given_settings is not None:
            return self.given_settings
        made = sample(self.loaded)
        try:
            self.loaded.connect(made, TOKENS)
        except SettingsError:  # a secret that need not be given may have a form of its own
            return sample(self.loaded, required_only=True)
        except Exception:  # noqa: BLE001, S110  # told by `connected`
            pass
        return made

    @cached_property
    def auth(self) -> Auth:
        """The credentials that it is connected with."""
        return self.given_auth or TOKENS

    @cached_property
    def connected(self) -> Connection | Exception:
        """A connection with these settings, or why there is none."""
        try:
            return self.loaded.connect(self.settings, self.auth)
        except Exception as error:  # noqa: BLE001  # a plugin may raise anything
            return error

    @property
    def connection(self) -> Connection:
        """The connection; only for checks that need it."""
        if isinstance(self.connected, Exception):
            raise self.connected
        return self.connected

    @cached_property
    def offered(self) -> tuple[Action, ...] | Exception:
        """What it can do, or why that cannot be told."""
        try:
            return self.loaded.stack.actions()
        except Exception as error:  # noqa: BLE001  # a plugin may raise anything
            return error

    @property
    def actions(self) -> tuple[Action, ...]:
        """What it can do; nothing if that cannot be told, which is a finding of its own."""
        return () if isinstance(self.offered, Exception) else self.offered

    def open_host(self, make: Callable[..., Host] = Host, **options: Any) -> Host:
        """Return a host of its own that has this plugin; the caller closes it.

        Args:
            make: `Host`, or a class of the same signature.
            options: Those of `Host`.
        """
        options = {"allow_private": PRIVATE, **options}
        if self.info.plugin is None:
            return make(**options)
        return make(plugins=[self.file] if self.file else {self.slug: self.info.plugin}, **options)

    def place_of(self, function: object) -> Place:
        """Return where a function of the plugin begins: its ``def``, or its first decorator."""
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        if code is None:
            return NOWHERE
        return code.co_filename, code.co_firstlineno

    def place_of_field(self, cls: type[Any], name: str) -> Place:
        """Return where a field of an attrs class is declared."""
        bases = [base.__name__ for base in cls.__mro__]
        for source in self.sources:
            for node in source.nodes:
                if isinstance(node, ast.ClassDef) and node.name in bases:
                    for line in _named(node, name):
                        return source.at(line)
            if not source.is_python and source.line_of(name)[1] is not None:
                return source.line_of(name)
        return NOWHERE

    @property
    def load_text(self) -> str:
        """The text of the error that loading ended with; empty if it went well."""
        error = self.load_error
        if error is None:
            return ""
        notes = "".join(f"; {each}" for each in getattr(error, "__notes__", ()))
        return f"{text_of(error)}{notes}"

    def raised_in(self) -> Place:
        """Return the last line of the plugin's own that the load error, or its cause, came through."""
        place, package, cause = NOWHERE, self.package, self.load_error
        while cause is not None:
            if isinstance(cause, SyntaxError) and cause.filename:
                return cause.filename, cause.lineno
            trace = cause.__traceback__
            while trace is not None:
                file = Path(trace.tb_frame.f_code.co_filename)
                if package is not None and file.is_relative_to(package):
                    place = f"{file}", trace.tb_lineno
                trace = trace.tb_next
            cause = cause.__cause__
        return place

    @property
    def start(self) -> Place:
        """Where its first file begins."""
        return (f"{self.sources[0].path}", 1) if self.sources else NOWHERE

    def place_of_function(self, name: str) -> Place:
        """Return where a function of that name is defined in its sources."""
        return self._defined(name, (ast.FunctionDef, ast.AsyncFunctionDef))

    def place_of_class(self, name: str) -> Place:
        """Return where a class of that name is defined in its sources."""
        return self._defined(name, (ast.ClassDef,))

    def _defined(self, name: str, kinds: tuple[type[Any], ...]) -> Place:
        for source in self.sources:
            for node in source.nodes:
                if isinstance(node, kinds) and node.name == name:
                    return source.at(node)
        return self.start

    def place_of_action(self, action: Action) -> Place:
        """Return where an action begins."""
        for source in self.sources:
            for node in source.nodes:
                if isinstance(node, ast.FunctionDef) and node.name == action.function.__name__:
                    return source.at(node)
            if not source.is_python and source.line_of(action.name)[1] is not None:
                return source.line_of(f"actions.{action.name}")
        return NOWHERE

    def _looked_up(self) -> str | None:
        """Return the file of a module that is not imported, as far as that needs no import."""
        if not self.module:
            return None
        from importlib.util import find_spec  # noqa: PLC0415

        try:
            spec = find_spec(self.module.partition(".")[0])
        except (ImportError, ValueError):
            return None
        return spec.origin if spec is not None else None


def _named(cls: ast.ClassDef, name: str) -> Iterator[ast.AST]:
    for node in cls.body:
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(node, ast.Assign):
            target = node.targets[0] if isinstance(node.targets[0], ast.Name) else None
        if isinstance(target, ast.Name) and target.id == name:
            yield node
