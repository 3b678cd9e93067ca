"""What the actions read from an event."""

from __future__ import annotations

from typing import Any

import attrs

from portcall import dynamic, field, path, template


@attrs.frozen
class InRepository:
    """Where something is done."""

    repository: str = field(
        label="Repository",
        description="As OWNER/NAME.",
        default=path("$.properties.repository"),
        choices=dynamic,
        placeholder="octo/hello",
    )

    def __attrs_post_init__(self) -> None:
        if self.repository.count("/") != 1:
            raise ValueError("a repository is written OWNER/NAME")

    @property
    def place(self) -> dict[str, str]:
        """The values for a URL's path."""
        owner, _, repo = self.repository.partition("/")
        return {"owner": owner, "repo": repo}


@attrs.frozen
class Issue(InRepository):
    """A new issue."""

    title: str = field(label="Title", default=path("$.event"))
    body: str = field(
        label="Text",
        description="In GitHub's Markdown.",
        default=template("{{event}} by {{userId}}"),
        format="text",
    )
    labels: list[str] | None = field(label="Labels", default=None)
    assignees: list[str] | None = field(
        label="Assignees", description="Log-ins of people.", default=None
    )

    def to_json(self) -> dict[str, Any]:
        """Return the body of the request."""
        given = {"labels": self.labels, "assignees": self.assignees}
        more = {name: value for name, value in given.items() if value}
        return {"title": self.title, "body": self.body, **more}


@attrs.frozen
class Comment(InRepository):
    """A comment on an issue or a pull request."""

    number: int = field(label="Number", default=path("$.properties.number"), minimum=1)
    body: str = field(
        label="Text",
        description="In GitHub's Markdown.",
        default=template("{{event}} by {{userId}}"),
        format="text",
    )


@attrs.frozen
class Dispatch(InRepository):
    """An event for the workflows of a repository."""

    event_type: str = field(
        label="Event type", description="At most 100 characters.", default=path("$.event")
    )
    client_payload: dict[str, Any] = field(
        label="Payload",
        description="At most ten members, which the workflow sees as github.event.client_payload.",
        default=path("$.properties"),
    )


@attrs.frozen
class WorkflowRun(InRepository):
    """A run of a workflow."""

    workflow: str = field(
        label="Workflow",
        description="Its file name, such as deploy.yml, or its ID.",
        default=path("$.properties.workflow"),
    )
    ref: str = field(label="Branch or tag", default="main")
    inputs: dict[str, Any] | None = field(
        label="Inputs",
        description="What the workflow asks for, at most 25.",
        default=path("$.properties.inputs"),
    )
