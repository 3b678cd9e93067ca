"""``portcall new``: a project of a destination, from a template."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from pathlib import Path

import attrs
import click

from portcall.cli.connections.given_settings import on_terminal
from portcall.cli.destinations.described import describe
from portcall.cli.destinations.readme_markdown import describe_markdown
from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.flags.did_you_mean import did_you_mean
from portcall.cli.scaffold.from_file.conversion import Conversion
from portcall.cli.scaffold.project import Project
from portcall.cli.scaffold.templates import ALIASES, TEMPLATES, Template
from portcall.cli.state import State
from portcall.cli.terminal.output import write, write_json
from portcall.errors import SettingsError, UnknownPluginError
from portcall.host import Host
from portcall.plugins.catalog import survey


@click.command("new", cls=Command)
@click.argument("slug", required=False)
@click.option(
    "--template",
    "word",
    metavar="NAME",
    shell_complete=lambda *_: list(TEMPLATES),
    help=f"How to sign in to the API: {', '.join(TEMPLATES)}.",
)
@click.option(
    "--from",
    "source",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Write the code of a destination file, not of a template.",
)
@click.option("--folder", type=click.Path(path_type=Path), help="Folder to create (portcall-SLUG).")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing; use the defaults.")
@json_option
@click.pass_obj
def command(
    state: State,
    slug: str | None,
    word: str | None,
    source: Path | None,
    folder: Path | None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Create a project for a destination called SLUG: code, tests and README, ready to publish."""
    asks = on_terminal() and not yes and not as_json
    if source is not None and word is not None:
        raise click.UsageError("--from and --template exclude each other: a project has one source")
    project = _converted(slug, source, folder) if source else _fresh(slug, word, folder, asks=asks)
    project.check()
    _see_whether_it_is_free(project)
    files = project.write(_described(project))
    if as_json:
        about = {
            "slug": project.slug,
            "template": project.template.name,
            "folder": f"{project.folder}",
        }
        write_json({**about, "files": files}, state)
        return
    origin = f"{source}" if source else f"the template {project.template.name}"
    write(f"Made {project.folder} from {origin}: {len(files)} files.")
    write("Next:")
    write(f"  cd {project.folder}")
    write("  python3 -m venv .venv && . .venv/bin/activate")
    write("  python -m pip install -e '.[test]'")
    write("  python -m pytest")


def _fresh(slug: str | None, word: str | None, folder: Path | None, *, asks: bool) -> Project:
    """Return the project of a template."""
    template = _template(word, asks=asks)
    if slug is None:
        if not asks:
            raise click.UsageError("the destination needs a name: portcall new SLUG")
        slug = click.prompt("Name of the destination", type=str)
    return Project(slug, template, folder or Path(f"portcall-{slug}"))


def _converted(slug: str | None, source: Path, folder: Path | None) -> Project:
    """Return the project of a destination file, which has the file's slug if none is given."""
    schemes = survey("schemes")["schemes"]
    conversion = Conversion.of(source, lambda name: schemes[name].load())
    table = conversion.parsed.table
    slug = slug or table.slug
    made = Template("from-file", f"what {source.name} says", table.scheme, _needs(table.scheme))
    project = Project(slug, made, folder or Path(f"portcall-{slug}"))
    project.check()
    _see_whether_it_is_free(project)
    files = conversion.files(slug, project.module, project.title)
    return attrs.evolve(project, files=files)


def _needs(scheme: str) -> str:
    """Return the distribution that brings a scheme; empty for core's own."""
    return next((each.needs for each in TEMPLATES.values() if each.scheme == scheme), "")


def _template(word: str | None, *, asks: bool) -> Template:
    if word is None:
        if not asks:
            raise click.UsageError(f"--template is missing: one of {', '.join(TEMPLATES)}")
        width = max(map(len, TEMPLATES))
        for number, each in enumerate(TEMPLATES.values(), 1):
            click.echo(f"  {number}  {each.name:<{width}}  {each.about}", err=True)
        number = click.prompt(
            "Template", type=click.IntRange(1, len(TEMPLATES)), default=1, err=True
        )
        return [*TEMPLATES.values()][number - 1]
    found = TEMPLATES.get(ALIASES.get(word, word))
    if found is None:
        hint = did_you_mean(word, TEMPLATES, f"there are {', '.join(TEMPLATES)}")
        raise click.UsageError(f"no template {word[:60]!r}; {hint}")
    return found


def _see_whether_it_is_free(project: Project) -> None:
    """Refuse a name that is taken on this machine, and a scheme that is not installed."""
    found = survey("destinations", "schemes")
    taken = found["destinations"].claims(project.slug)
    if taken:
        raise SettingsError(
            f"{project.slug!r} is the name of an installed destination, of {taken[0].source}: "
            "choose another"
        )
    try:
        found["schemes"][project.template.scheme]
    except UnknownPluginError:
        raise SettingsError(
            f"the template {project.template.name} needs {project.template.needs}, which is not "
            f"installed: portcall plugins install {project.template.needs}"
        ) from None


def _described(project: Project) -> str:
    """Return what the README says of the destination, from the destination itself."""
    with tempfile.TemporaryDirectory() as place, _importing_from(place, project.module):
        prefix = f"src/{project.module}/"
        package = Path(place) / project.module
        package.mkdir()
        for name, content in project.contents():
            if name.startswith(prefix):
                (package / name.removeprefix(prefix)).write_text(content, encoding="utf-8")
        with Host(plugins={project.slug: import_module(project.module)}) as host:
            return describe_markdown(describe(host.destination(project.slug)))


@contextmanager
def _importing_from(place: str, module: str) -> Iterator[None]:
    """Let a package be imported from a folder, and leave nothing of it behind."""
    sys.path.insert(0, place)
    invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(place)
        for name in [each for each in sys.modules if each.partition(".")[0] == module]:
            del sys.modules[name]
