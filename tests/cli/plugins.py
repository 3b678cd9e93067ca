"""Sources of the plugins that the command line is tested with."""

GOOD = '''
"""Good: basic credentials, a list, a choice, one action."""
import attrs
from portcall import Outcomes, RequestOptions, Secret, action, field, hookimpl, path

print("hello from an import")

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri", description="Where it is.")
    region: str = field(label="Region", choices=["eu", "us"], default="eu")
    tags: list[str] = field(label="Tags", default=[])
    note: Secret | None = field(label="Note", default=None)

@attrs.frozen
class Payload:
    name: str = field(label="Name", default=path("$.event"))
    total: float | None = field(label="Total", default=path("$.properties.total"))

@hookimpl
def auth_scheme(): return "basic"

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def extend_request(settings):
    query = {"note": settings.note} if settings.note else {}
    return RequestOptions(base_url=settings.endpoint, headers={"X-Region": settings.region}, query=query)

@hookimpl
def test_authentication(client):
    print("hello from a hook")
    return client.get("/me").json()["name"]

@action(title="Track", subscribe='type = "track"')
def track(client, payload: Payload, settings):
    """Record it."""
    client.post("/track", json={"name": payload.name, "tags": settings.tags})

@action(title="Look up and stumble")
def stumble(client, payload: Payload):
    found = client.get("/things").json()["things"][0]
    client.post("/track", json=found)

@action(title="Track, many at once", subscribe='type = "track"')
def tracks(client, payload: Payload):
    client.post("/track", json={"name": payload.name})

@tracks.batch(size=50)
def track_all(client, payloads):
    client.post("/tracks", json=[{"name": payload.name} for payload in payloads])
    return Outcomes.delivered(payloads)

@action(title="Put into a place that the event names")
def put(client, payload: Payload):
    client.post(f"/places/{payload.name}")

@hookimpl
def actions(): return [track, stumble, tracks, put]
'''

BEARER = '''
"""Bearer: oauth2 with a refresh."""
import attrs
from portcall import ReauthorizationError, RequestOptions, field, hookimpl

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")

@hookimpl
def auth_scheme(): return "oauth2"

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def extend_request(settings): return RequestOptions(base_url=settings.endpoint)

@hookimpl
def refresh_access_token(client, auth):
    if not auth.refresh_token:
        return None
    form = {"refresh_token": auth.refresh_token, "client_id": auth.client_id,
            "client_secret": auth.client_secret}
    answer = client.post("/token", form=form, raise_for_status=False)
    if answer.status != 200:
        raise ReauthorizationError("the grant is gone")
    token = answer.json()
    return attrs.evolve(auth, access_token=token["access"], refresh_token=token["refresh"])

@hookimpl
def test_authentication(client): return client.get("/me").json()["name"]
'''

KEYED = '''
"""Keyed: a secret in the query, one in a header and one in the path; it answers with what it got."""
import attrs
from portcall import RequestOptions, Secret, action, field, hookimpl, path

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    api_key: Secret = field(label="API key")

@attrs.frozen
class Payload:
    event: dict = field(label="Event", default=path("$"))

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def extend_request(settings):
    return RequestOptions(
        base_url=f"{settings.endpoint}/{settings.api_key}",
        query={"k": settings.api_key, "api_key": "beside the point"},
        headers={"X-One": settings.api_key, "X-Two": f"Bearer {settings.api_key}"},
    )

@hookimpl
def test_authentication(client, settings):
    raise KeyError(f"no {settings.api_key} in the answer")

@action(title="Leak")
def leak(client, payload: Payload, settings):
    client.post("/leak", json={"key": settings.api_key})
    raise ValueError(f"{settings.api_key} {payload.event}")

@hookimpl
def actions(): return [leak]
'''

OFFICE = '''
"""Office: oauth2 with endpoints, in every way there is."""
import attrs
from portcall import OAuth2Endpoints, RequestOptions, Secret, action, field, hookimpl, path

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    way: str = field(label="Way", choices=["page", "machine", "device", "none"], default="page")
    region: str = field(label="Region", default="eu")
    note: Secret | None = field(label="Note", default=None)

@attrs.frozen
class Payload:
    name: str = field(label="Name", default=path("$.event"))

@hookimpl
def auth_scheme(): return "oauth2"

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def oauth2_endpoints(settings):
    base = settings.endpoint
    if settings.way == "none":
        return None
    more = {
        "page": {"authorize_url": f"{base}/authorize", "revoke_url": f"{base}/revoke"},
        "machine": {"grant": "client_credentials"},
        "device": {"device_url": f"{base}/device"},
    }[settings.way]
    return OAuth2Endpoints(token_url=f"{base}/token", scopes=["events:write"], **more)

@hookimpl
def extend_request(settings):
    return RequestOptions(base_url=settings.endpoint, headers={"X-Region": settings.region})

@hookimpl
def test_authentication(client): return client.get("/me").json()["name"]

@action(title="Track")
def track(client, payload: Payload):
    client.post("/track", json={"name": payload.name})

@hookimpl
def actions(): return [track]
'''

DESK = '''
"""Desk: authorized in a way of its own, or by hand."""
import attrs
from portcall import Auth, Authorization, RequestOptions, Secret, field, hookimpl, with_query

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    key: Secret | None = field(label="Key", default=None)

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def begin_authorization(settings, redirect_url):
    if settings.key:
        return None
    url = with_query(f"{settings.endpoint}/sign", {"back": redirect_url})
    return Authorization(url=url, pending={"half": Secret("half-secret-1")})

@hookimpl
def finish_authorization(pending, redirected_url):
    other = redirected_url.partition("half=")[2]
    return Auth(access_token="at-secret-1", token_secret=f"{pending['half']}{other}")

@hookimpl
def extend_request(settings, auth):
    token = auth.access_token or settings.key
    headers = {"Authorization": Secret(f"Bearer {token}")}
    return RequestOptions(base_url=settings.endpoint, headers=headers)

@hookimpl
def test_authentication(client): return client.get("/me").json()["name"]
'''

CHATTY = '''
"""Chatty: shows its settings before there is a connection."""
import attrs
from portcall import Secret, field, hookimpl

@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")
    region: str = field(label="Region", choices=["eu", "us"], default="eu")

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(settings):
    raise RuntimeError(f"cannot use {settings.api_key}")
'''

LEAVER = '''
"""Leaver: ends the process from a hook."""
import attrs
from portcall import hookimpl

@attrs.frozen
class Settings:
    pass

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["leaver.example"]

@hookimpl
def test_authentication(client): raise SystemExit(0)
'''

ENDER = """
import attrs
from portcall import hookimpl
{at_import}
@attrs.frozen
class Settings:
    pass

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["ender.example"]

@hookimpl
def test_authentication(client):
    print("before the end")
    {in_hook}
"""
"""Ends its process in a way that no ``except`` sees."""

ENDS = {
    "ender-import": ENDER.format(at_import="import os; os._exit(0)", in_hook=""),
    "ender-hook": ENDER.format(at_import="", in_hook="import os; os._exit(0)"),
    "ender-code": ENDER.format(at_import="", in_hook="import os; os._exit(77)"),
    "ender-abort": ENDER.format(at_import="", in_hook="import os; os.abort()"),
    "ender-kill": ENDER.format(
        at_import="", in_hook="import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    ),
    "ender-child": ENDER.format(
        at_import="", in_hook="import os, time; os.fork() or time.sleep(1); os._exit(5)"
    ),
    "mute": ENDER.format(
        at_import="class Mute(Exception):\n    def __str__(self): return self.nothing",
        in_hook="raise Mute",
    ),
}

SOURCES = {
    **ENDS,
    "good": GOOD,
    "bearer": BEARER,
    "keyed": KEYED,
    "office": OFFICE,
    "desk": DESK,
    "chatty": CHATTY,
    "leaver": LEAVER,
    "boom": "raise RuntimeError('out of\\nlines')",
    "quitter": "raise SystemExit(0)",
    "misspelt": "from portcall import hookimpl\n@hookimpl\ndef alowed_hosts(): return []\n",
}
"""One distribution each; beside them, two that both offer ``twin``."""


def install(folder, slug, source, name=None):
    """Write one distribution as a wheel unpacks."""
    name = name or f"portcall-{slug}"
    module = name.replace("-", "_") + "_cli_test"
    (folder / f"{module}.py").write_text(source)
    info = folder / f"{name.replace('-', '_')}-1.2.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.2.3\n")
    (info / "entry_points.txt").write_text(f"[portcall.destinations]\n{slug} = {module}\n")
