"""What names a pipeline on the command line: one of the project's names, or the path of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from portcall.cli.flags.did_you_mean import did_you_mean
from portcall.cli.flags.project_names import project_names
from portcall.cli.project.current_project import project_of
from portcall.cli.state import State
from portcall.cli.terminal.output import warn


class _Pipeline(click.Path):
    """The name of a pipeline of the project, or else a file."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a name as it is, and a path if there is such a file."""
        state = ctx.find_object(State) if ctx is not None else None
        project = project_of(state) if state is not None else None
        if project is None or (value not in project.pipelines and Path(value).exists()):
            return super().convert(value, param, ctx)
        if value in project.pipelines:
            if Path(value).is_file():
                warn(
                    f"{value} is a pipeline of {project.path.name}, and a file: using the pipeline"
                )
            return value
        otherwise = f"it has {', '.join(project.pipelines) or 'none'}"
        hint = did_you_mean(str(value), project.pipelines, otherwise)
        return self.fail(
            f"there is no file {value!r}, and no such pipeline in {project.path}; {hint}",
            param,
            ctx,
        )

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the names of the project, then files."""
        names = project_names("pipelines")
        found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
        return [*found, *super().shell_complete(ctx, param, incomplete)]


PIPELINE: Final = _Pipeline(exists=True, dir_okay=False)
