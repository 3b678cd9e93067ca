"""GitHub: issues, comments, repository dispatches and workflow runs.

In code, because an app trades a signed token for one of its installation in a way of GitHub's own.

https://docs.github.com/en/rest/issues/issues#create-an-issue
https://docs.github.com/en/rest/issues/comments#create-an-issue-comment
https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event
https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from typing import Final

from portcall import (
    Action,
    Auth,
    Choices,
    Client,
    Preset,
    RequestOptions,
    Response,
    Verdict,
    action,
    hookimpl,
    path,
    throttled,
)
from portcall_github.payloads import Comment, Dispatch, Issue, WorkflowRun
from portcall_github.settings import Settings
from portcall_github.tokens import installation_token

VERSION: Final = "2022-11-28"
_PER_PAGE: Final = 100


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def allowed_hosts() -> list[str]:
    return ["{endpoint}"]


@hookimpl
def extend_request(settings: Settings, auth: Auth) -> RequestOptions:
    token = auth.access_token if settings.method == "app" else settings.token
    return RequestOptions(
        base_url=settings.endpoint.rstrip("/"),
        headers={
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": VERSION,
            **({"Authorization": f"Bearer {token}"} if token else {}),
        },
    )


@hookimpl
def refresh_access_token(client: Client, settings: Settings, auth: Auth) -> Auth | None:
    return installation_token(client, settings, auth) if settings.method == "app" else None


@hookimpl
def classify_response(response: Response) -> Verdict | None:
    """Rate limits, the secondary ones too, are answered with 403 or 429."""
    is_over = (
        response.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in response.headers
    )
    return throttled(response) if response.status in {403, 429} and is_over else None


@hookimpl
def test_authentication(client: Client, settings: Settings) -> str:
    if settings.method == "token":
        return f"{client.get('/user').json()['login']}"
    count = client.get("/installation/repositories", query={"per_page": 1}).json()["total_count"]
    return f"installation {settings.installation_id} with {count} repositories"


@action(
    title="Open an issue",
    subscribe='type = "track"',
    presets=[
        Preset(
            "Bug reports",
            'type = "track" and event = "Bug Reported"',
            {
                "title": path("$.properties.title"),
                "body": path("$.properties.description"),
                "labels": ["bug"],
            },
        )
    ],
)
def create_issue(client: Client, payload: Issue) -> None:
    """Open an issue in a repository."""
    client.post("/repos/{owner}/{repo}/issues", path=payload.place, json=payload.to_json())


@action(title="Comment on an issue", subscribe='type = "track"')
def comment(client: Client, payload: Comment) -> None:
    """Comment on an issue or a pull request."""
    url = "/repos/{owner}/{repo}/issues/{number}/comments"
    client.post(url, path={**payload.place, "number": payload.number}, json={"body": payload.body})


@action(title="Send a repository dispatch", subscribe='type = "track"')
def dispatch(client: Client, payload: Dispatch) -> None:
    """Start the workflows of a repository that wait for the event type."""
    body = {"event_type": payload.event_type, "client_payload": payload.client_payload}
    client.post("/repos/{owner}/{repo}/dispatches", path=payload.place, json=body)


@action(title="Run a workflow", subscribe='type = "track"')
def run_workflow(client: Client, payload: WorkflowRun) -> None:
    """Start a workflow that has the trigger workflow_dispatch."""
    url = "/repos/{owner}/{repo}/actions/workflows/{workflow}/dispatches"
    place = {**payload.place, "workflow": payload.workflow}
    client.post(url, path=place, json={"ref": payload.ref, "inputs": payload.inputs or {}})


@create_issue.choices("repository")
@comment.choices("repository")
@dispatch.choices("repository")
@run_workflow.choices("repository")
def repositories(client: Client, settings: Settings, page: str | None) -> Choices:
    """List the repositories that the credentials reach."""
    is_app = settings.method == "app"
    url = "/installation/repositories" if is_app else "/user/repos"
    asked: dict[str, str | int] = {"per_page": _PER_PAGE, "page": page or "1"}
    answer = client.get(url, query=asked).json()
    found = answer["repositories"] if is_app else answer
    names = [(each["full_name"], each["full_name"]) for each in found]
    following = f"{int(page or 1) + 1}" if len(names) == _PER_PAGE else None
    return Choices(names, following)


@hookimpl
def actions() -> list[Action]:
    return [create_issue, comment, dispatch, run_workflow]
