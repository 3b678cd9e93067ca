"""Writing a project: every file from its template, all of them or none."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import attrs

from portcall.cli.scaffold.templates import Template
from portcall.errors import SettingsError

SLUG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SUFFIX: Final = ".in"
"""Ends the names of template files, so that no tool takes them for code."""
_TOKEN: Final = re.compile(r"@@(\w+)@@")
_LONGEST_SLUG: Final = 50


@attrs.frozen
class Project:
    """A project that is to be made.

    Args:
        slug: Of the destination.
        template: What it is made from.
        folder: Where it goes; made if there is none, and empty if there is one.
        files: Files in place of the template's, or besides them, by name.
    """

    slug: str
    template: Template
    folder: Path
    files: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def distribution(self) -> str:
        """The name of its distribution."""
        return f"portcall-{self.slug}"

    @property
    def module(self) -> str:
        """The name of its package."""
        return self.distribution.replace("-", "_")

    @property
    def title(self) -> str:
        """The destination's name for people."""
        return self.slug.replace("-", " ").title()

    def check(self) -> None:
        """Refuse a name or a folder that cannot be used.

        Raises:
            SettingsError: Says what is wrong, and what to do.
        """
        if not SLUG.fullmatch(self.slug) or len(self.slug) > _LONGEST_SLUG:
            raise SettingsError(
                f"{self.slug[:60]!r} is not a name of a destination: use lower-case letters and digits "
                f"with single dashes, such as 'acme-eu', at most {_LONGEST_SLUG} characters"
            )
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise SettingsError(
                f"{self.folder} is not an empty folder: choose another with --folder"
            )

    def write(self, readme: str, *, more: Mapping[str, str] | None = None) -> list[str]:
        """Write every file; where one cannot be written, none stays.

        Args:
            readme: What the README says of fields, hosts and actions.
            more: Files to write besides, by name, in place of the template's.

        Returns:
            The names of the files.

        Raises:
            SettingsError: The folder cannot be written to.
        """
        self.check()
        contents = {**dict(self.contents(readme)), **(more or {})}
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=f".{self.folder.name}-", dir=self.folder.parent))
            try:
                for name, content in contents.items():
                    path = draft / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(content, encoding="utf-8")
                draft.chmod(0o755)
                if self.folder.is_dir():
                    self.folder.rmdir()
                draft.replace(self.folder)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        except OSError as exc:
            raise SettingsError(f"{self.folder} cannot be written: {exc.strerror or exc}") from exc
        return sorted(contents)

    def contents(self, readme: str = "") -> Iterator[tuple[str, str]]:
        """Return every file of the project: its name and what is in it."""
        root = files("portcall.cli.scaffold").joinpath("templates")
        common = ["common", *([] if self.template.is_declarative else ["coded"])]
        for part in (*common, self.template.name):
            for name, file in _files(root.joinpath(part)):
                path = self._filled(name.removesuffix(SUFFIX), readme)
                if path not in self.files:
                    yield path, self._filled(file.read_text(encoding="utf-8"), readme)
        yield from self.files.items()

    def _filled(self, text: str, readme: str) -> str:
        own = version("portcall")
        major, minor = [*own.split("."), "0"][:2]
        beyond = f"0.{int(minor) + 1}" if major == "0" else f"{int(major) + 1}"
        bound = f">={major}.{minor},<{beyond}"
        needed = [f"portcall{bound}"]
        if self.template.needs:
            needed.append(f"{self.template.needs}{bound}")
        values = {
            "slug": self.slug,
            "module": self.module,
            "distribution": self.distribution,
            "title": self.title,
            "about": self.template.about,
            "year": f"{datetime.now(UTC).year}",
            "dependencies": _quoted(needed),
            "tests_need": _quoted((f"portcall[cli,testing]{bound}", *self.template.tests_need)),
            "entry_point": self.module,
            "readme": readme,
        }
        return _TOKEN.sub(lambda token: values.get(token[1], token[0]), text)


def _quoted(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _files(folder: Traversable, before: str = "") -> Iterator[tuple[str, Traversable]]:
    if not folder.is_dir():
        return
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{before}{each.name}"
        if each.is_dir():
            yield from _files(each, f"{name}/")
        elif each.name.endswith(SUFFIX):
            yield name, each
