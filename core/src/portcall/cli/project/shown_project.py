"""What ``portcall show`` prints of a project: its file, and every value that commands use."""

from __future__ import annotations

from typing import Final

import attrs

from portcall.cli.project.current_project import current_project
from portcall.cli.project.effective_values import shown_value, values_of_project
from portcall.cli.state import State
from portcall.cli.terminal.output import write, write_json
from portcall.cli.terminal.tables import table
from portcall.project.find_project import shown_path

HEADS: Final = ("value", "is", "from")


def show_project(state: State, *, as_json: bool) -> None:
    """Print the project of this folder, and the values that hold here."""
    project, values = current_project(), list(values_of_project(state))
    if as_json:
        about = {"path": f"{project.path}", "found": project.found} if project else None
        write_json({"project": about, "values": [attrs.asdict(each) for each in values]}, state)
        return
    if project is None:
        write("There is no portcall.toml here or above.")
    else:
        write(f"project {shown_path(str(project.path))}")
    write()
    cells = [(each.name, shown_value(each.value), each.origin) for each in values]
    for line in table([tuple(map(state.line, row)) for row in cells], HEADS):
        write(line)
