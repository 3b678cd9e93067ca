"""``portcall init``: a project file to fill in."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.state import State
from portcall.cli.terminal.output import write, write_json
from portcall.errors import SettingsError
from portcall.project.find_project import FILE


@click.command("init", cls=Command)
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@json_option
@click.pass_obj
def command(state: State, folder: Path, *, as_json: bool) -> None:
    """Write portcall.toml into FOLDER (the working folder), with every entry as a comment."""
    path = folder / FILE
    text = (files("portcall.project") / "starter.toml").read_text(encoding="utf-8")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise SettingsError(f"{path} already exists and was left unchanged") from None
    except OSError as exc:
        raise SettingsError(f"{path} cannot be written: {exc.strerror}") from None
    if as_json:
        write_json({"path": f"{path}"}, state)
    else:
        write(f"{path} is written: fill it in, and see what holds with: portcall show")
