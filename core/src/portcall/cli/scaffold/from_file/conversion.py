"""From a destination file to the modules of a project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from portcall.cli.scaffold.from_file.acting import actions_code
from portcall.cli.scaffold.from_file.fieldsets import class_code
from portcall.cli.scaffold.from_file.hooking import hooks_code
from portcall.cli.scaffold.from_file.wire_tests import tests_code
from portcall.cli.scaffold.from_file.writer import Writer
from portcall.declarative.files import ParsedFile, compile_parsed, parse_destination
from portcall.errors import PluginLoadError
from portcall.host import Host


@attrs.frozen
class Conversion:
    """A destination file that is to become code.

    Args:
        path: The file.
        parsed: Its tables, and where each entry stands.
        load_scheme: Returns the plugin of a scheme.
    """

    path: Path
    parsed: ParsedFile
    load_scheme: Callable[[str], object]

    @classmethod
    def of(cls, path: Path, load_scheme: Callable[[str], object]) -> Conversion:
        """Read a file.

        Raises:
            PluginLoadError: The file cannot be read, or is not a destination.
        """
        try:
            content = path.read_bytes()
        except OSError as exc:
            raise PluginLoadError(f"{path} cannot be read: {exc.strerror or exc}") from exc
        return cls(path, parse_destination(content, f"{path}"), load_scheme)

    def files(self, slug: str, module: str, title: str) -> dict[str, str]:
        """Return the files of a project that differ from those of a template, by name.

        Raises:
            DestinationFileError: Lists what of the file is wrong or cannot be written as code yet.
        """
        plugin: Any = compile_parsed(self.parsed, self.load_scheme)
        table = attrs.evolve(self.parsed.table, slug=slug)
        writer = Writer(f"{self.path}", self.parsed.places)
        source = f"src/{module}"
        about = f'"""{table.name or title}{_about(table.description, table.documentation)}"""'
        actions = actions_code(writer, table)
        made = {
            f"{source}/actions.py": _module(
                writer, module, f'"""What {table.name or title} can do with an event."""', actions
            )
        }
        if table.fields:
            settings = class_code(
                writer, "Settings", "What a customer fills in.", table.fields, ("fields",)
            )
            heading = '"""What a customer fills in."""'
            made[f"{source}/settings.py"] = _module(writer, module, heading, [settings])
        scheme = self.load_scheme(table.scheme)
        hooks = hooks_code(writer, table, scheme, self.parsed.declared)
        made[f"{source}/__init__.py"] = _module(writer, module, about, hooks)
        writer.raise_faults()
        with Host(plugins={slug: plugin}) as host:
            destination = host.destination(slug)
            text = self.path.read_text(encoding="utf-8-sig")
            return {**made, **tests_code(destination, table, plugin, text)}


def _about(description: str, documentation: list[str]) -> str:
    text = f": {description.strip()}" if description else "."
    return text + (f"\n\n{chr(10).join(documentation)}\n" if documentation else "")


def _module(writer: Writer, module: str, about: str, blocks: list[str]) -> str:
    imports = writer.written_imports(module)
    body = "\n\n\n".join(blocks)
    return f"{about}\n\n{imports}\n\n\n{body}\n"
