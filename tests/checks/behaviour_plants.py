"""Plugins with one fault in what they do: with answers, texts, customers and credentials."""

from textwrap import dedent, indent

from portcall.testing import Reply

from .planting import CODE, PLUGIN, Planted, plant

POST = """\
    client.post(
        "/messages",
        json={"text": payload.text, "channel": payload.channel},
        headers={"Idempotency-Key": idempotency_key},
    )
"""
BATCH = PLUGIN[PLUGIN.index('    client.post(\n        "/messages/batch"') :].partition("\n\n\n")[0]
CHANNELS = '    return Choices(client.get("/channels").json()["names"])\n'
TEST = '    return str(client.get("/me").json()["name"])\n'
KEPT = """\
class _Kept:
    by: dict = {}
    first = None

    @classmethod
    def key(cls, value):
        cls.first = cls.first or value
        return cls.first
"""
FIRST = "import attrs\n"
LAST = "@hookimpl\ndef actions() -> list[Action]:"
NAMED = "Settings: `subdomain`, `api_key`"
KEY = '    api_key: Secret = field(label="API key", description="Settings > Developers.")\n'


def single(code, what, body, *others, **options):
    """Put another body into the action."""
    return plant(code, what, (POST, indent(dedent(body), "    ")), *others, **options)


def caught(code, what, error, then):
    """Let the action catch an error of the client, and do something else with it."""
    body = f"""\
        from portcall import errors
        from portcall import Outcome

        try:
            client.post(
                "/messages",
                json={{"text": payload.text, "channel": payload.channel}},
                headers={{"Idempotency-Key": idempotency_key}},
            ).body
        except errors.{error} as error:
            if {then[0]}:
                {then[1]}
            raise
    """
    return single(code, what, body)


def status(code, what, statuses, then):
    return caught(code, what, "ResponseError", (f"error.response.status in {statuses}", then))


def added(code, what, text, *others):
    """Add hooks or functions to the module."""
    return plant(code, what, (LAST, f"{dedent(text)}\n\n{LAST}"), *others)


def with_setting(code, what, name, field, *changes):
    readme = (NAMED, f"{NAMED}, `{name}`")
    return Planted(
        code,
        what,
        {CODE: ((KEY, f"{KEY}    {name}: str = {field}\n"), *changes), "README.md": (readme,)},
    )


REFRESH = """\
from portcall import Auth, ReauthorizationError, RefreshError, token_response


@hookimpl
def refresh_access_token(client: Client, auth: Auth) -> Auth | None:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": auth.refresh_token,
        "client_id": auth.client_id,
        "client_secret": auth.client_secret,
    }
    url = "https://login.acme.example/token"
    answer = client.post(url, form=form, raise_for_status=False)
    fresh = token_response(answer, auth)
    return fresh
"""
CALL = "    answer = client.post(url, form=form, raise_for_status=False)\n"
READ = "    fresh = token_response(answer, auth)\n"
CONSENT = """\
import hmac
import secrets
from urllib.parse import parse_qsl, urlencode, urlsplit

from portcall import Auth, AuthenticationError, Authorization, reveal, token_response


@hookimpl
def begin_authorization(redirect_url: str, auth: Auth) -> Authorization:
    state = secrets.token_urlsafe(16)
    query = {"client_id": auth.client_id, "redirect_uri": redirect_url, "state": state}
    page = f"https://login.acme.example/authorize?{urlencode(query)}"
    return Authorization(url=page, pending={"state": state})


@hookimpl
def finish_authorization(client: Client, pending: dict, redirected_url: str, auth: Auth) -> Auth:
    answer = dict(parse_qsl(urlsplit(redirected_url).query))
    if not hmac.compare_digest(answer.get("state", ""), reveal(pending["state"])):
        raise AuthenticationError("the answer belongs to another authorization")
    if "code" not in answer:
        raise AuthenticationError("Acme gave no code")
    form = {"grant_type": "authorization_code", "code": answer["code"]}
    answered = client.post("https://login.acme.example/token", form=form, raise_for_status=False)
    return token_response(answered, auth)
"""


def renewing(code, what, *pairs, others=()):
    """Add a refresh with one fault."""
    return added(code, what, _replaced(REFRESH, pairs), *others)


def consenting(code, what, *pairs):
    """Add the two authorization hooks, with one fault."""
    return added(code, what, _replaced(CONSENT, pairs))


def _replaced(text, pairs):
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


SOUND_PARTS = {"a refresh": REFRESH, "an authorization": CONSENT}
"""What is added to the sound plugin before a fault is put into it."""

STATUS_PLANTS = [
    plant(
        "PC301",
        "a payload that no made-up text passes",
        (
            "    channel: str | None = field(",
            "    def __attrs_post_init__(self) -> None:\n"
            '        if not self.text.startswith("msg-"):\n'
            '            raise ValueError("Text must begin with msg-")\n\n'
            "    channel: str | None = field(",
        ),
    ),
    single("PC302", "sends nothing", "return None\n"),
    single(
        "PC303",
        "a name misspelt",
        'client.post("/messages", json={"text": getattr(payload, "txt")})\n',
    ),
    single(
        "PC304",
        "hides every error",
        """\
        from portcall import errors

        try:
            client.post(
                "/messages",
                json={"text": payload.text, "channel": payload.channel},
                headers={"Idempotency-Key": idempotency_key},
            )
        except errors.PortcallError:
            pass
        """,
    ),
    single(
        "PC305",
        "takes the first byte of a body",
        """\
        answer = client.post(
            "/messages",
            json={"text": payload.text, "channel": payload.channel},
            headers={"Idempotency-Key": idempotency_key},
        )
        if answer.body[0] == 0:
            return
        """,
    ),
    single(
        "PC306",
        "reads JSON by itself",
        """\
        import json

        answer = client.post(
            "/messages",
            json={"text": payload.text, "channel": payload.channel},
            headers={"Idempotency-Key": idempotency_key},
        )
        if answer.body:
            json.loads(answer.body)
        """,
    ),
    single(
        "PC307",
        "takes a result that is not there",
        """\
        answer = client.post(
            "/messages",
            json={"text": payload.text, "channel": payload.channel},
            headers={"Idempotency-Key": idempotency_key},
        )
        if answer.status == 207:
            answer.json()["results"][0]
        """,
    ),
    status("PC308", "tries a bad event again", (400, 413, 422), 'return Outcome.retry("later")'),
    status("PC309", "tries again what is not there", (404, 410), 'return Outcome.retry("later")'),
    status("PC310", "leaves a conflict open", (409,), 'return Outcome.uncertain("there")'),
    caught(
        "PC311",
        "blames events for credentials",
        "AuthenticationError",
        ("True", 'return Outcome.rejected("refused")'),
    ),
    status("PC312", "takes 403 for success", (403,), "return None"),
    status("PC313", "rejects in a busy hour", (429,), 'return Outcome.rejected("busy")'),
    status("PC314", "comes again at once", (429,), 'return Outcome.retry("busy")'),
    status("PC315", "rejects in an outage", (500, 502, 504), 'return Outcome.rejected("down")'),
    status("PC316", "rejects when unavailable", (503,), 'return Outcome.rejected("down")'),
    caught(
        "PC317",
        "rejects where no answer came",
        "TransportError",
        ("error.status is None", 'return Outcome.rejected("silence")'),
    ),
    caught(
        "PC318",
        "rejects where a body ended early",
        "TransportError",
        ("error.status == 200", 'return Outcome.rejected("cut off")'),
    ),
    status("PC319", "takes a redirect for success", (302, 308), "return None"),
    Planted(
        "PC320",
        "does not read a 207",
        {},
        answers={"post_message": [Reply(207, json={"items": [{"status": 400}]})]},
    ),
]
CONDUCT_PLANTS = [
    single(
        "PC330",
        "sleeps",
        f"from importlib import import_module\n\nimport_module('time').sleep(2)\n{dedent(POST)}",
    ),
    single(
        "PC331",
        "has a loop of its own",
        """\
        from portcall import UnavailableError

        for attempt in range(5):
            try:
                client.post(
                    "/messages",
                    json={"text": payload.text, "channel": payload.channel},
                    headers={"Idempotency-Key": idempotency_key},
                )
            except UnavailableError:
                if attempt == 4:
                    raise
            else:
                return
        """,
    ),
    plant(
        "PC332",
        "waits for an hour",
        ('        "/messages",\n', '        "/messages",\n        timeout_s=3600,\n'),
    ),
    plant(
        "PC333",
        "changes the event",
        (
            "payload: Message, idempotency_key: str)",
            "payload: Message, idempotency_key: str, event: dict)",
        ),
        (POST, f'{POST}    event["properties"]["sent"] = True\n'),
    ),
    single(
        "PC334",
        "a fresh id each time",
        """\
        from uuid import uuid4

        client.post(
            "/messages",
            json={"text": payload.text, "channel": payload.channel, "id": f"{uuid4()}"},
            headers={"Idempotency-Key": idempotency_key},
        )
        """,
    ),
    single(
        "PC335",
        "keeps the key to itself",
        'client.post("/messages", json={"text": payload.text, "channel": payload.channel})\n',
    ),
    single(
        "PC336",
        "no Content-Type",
        """\
        from portcall import encode_json

        client.post(
            "/messages",
            body=encode_json({"text": payload.text, "channel": payload.channel}),
            headers={"Idempotency-Key": idempotency_key},
        )
        """,
    ),
    plant(
        "PC337",
        "sends the first of a batch",
        ("for each in payloads]", "for each in payloads[:1]]"),
    ),
    plant(
        "PC338",
        "counts from 1",
        (
            "    return Outcomes.delivered(payloads)",
            "    from portcall import Outcome\n\n"
            "    return Outcomes({n: Outcome.delivered() for n, _ in enumerate(payloads, 1)})",
        ),
    ),
    single(
        "PC339",
        "prints",
        f'import sys as a_module\n\n{dedent(POST)}made = a_module\nmade.stdout.write("sent")\n',
    ),
    single(
        "PC340",
        "leaves a thread",
        f"import threading\n\n{dedent(POST)}made = threading\n"
        "made.Thread(target=made.Event().wait, args=(0.5,), daemon=True).start()\n",
    ),
    plant(
        "PC341",
        "an undeclared host",
        ('        "/messages",\n', '        "https://other.example/",\n'),
    ),
    single(
        "PC342",
        "looks a name up by itself",
        f"from importlib import import_module\n\ntry:\n"
        "    import_module('socket').create_connection(('203.0.113.7', 443), 1)\n"
        f"except OSError:\n    pass\n{dedent(POST)}",
    ),
    plant(
        "PC350",
        "reads pages without an end",
        (
            CHANNELS,
            "    names = []\n    while True:\n"
            '        page = client.get("/channels", query={"page": len(names)})\n'
            "        names.append(page.status)\n",
        ),
    ),
    plant(
        "PC351",
        "hides that choices cannot be had",
        (CHANNELS, f"    try:\n    {CHANNELS}    except Exception:\n        return Choices()\n"),
    ),
    Planted(
        "PC352",
        "forgets None",
        {
            CODE: (
                (
                    LAST,
                    "from portcall import Deletion, on_delete\n\n\n@on_delete\n"
                    "def forget(client: Client, payload: Deletion) -> None:\n"
                    '    """Forget a person."""\n'
                    f'    client.delete("/people/{{id}}", path={{"id": f"{{payload.user_id}}"}})\n\n\n{LAST}',
                ),
                ("    return [post_message]", "    return [post_message, forget]"),
            ),
            "README.md": (("Actions: `post_message`", "Actions: `post_message`, `forget`"),),
        },
    ),
    added(
        "PC353",
        "a bug in an aside",
        """\
        @post_message.create_audience
        def audience(client: Client, name: str) -> str:
            return client.post("/audiences", json={"name": name}).jsn()["id"]
        """,
    ),
]
TEXT_PLANTS = [
    plant(
        "PC401",
        "a path of text",
        ('        "/messages",\n', '        "/".join(["/channels", payload.text, "messages"]),\n'),
    ),
    plant(
        "PC402",
        "a query of text",
        ('        "/messages",\n', '        "=".join(["/messages?title", payload.text]),\n'),
    ),
    single(
        "PC403",
        "a body of text",
        """\
        body = '{"text": "%s"}' % payload.text
        headers = {"Idempotency-Key": idempotency_key, "Content-Type": "application/json"}
        client.post("/messages", body=body, headers=headers)
        """,
    ),
    plant(
        "PC404",
        "fails outside ASCII",
        ('"text": payload.text, "ch', '"text": payload.text.encode("ascii").decode(), "ch'),
    ),
    plant(
        "PC405",
        "drops what is not ASCII",
        (
            '"text": payload.text, "ch',
            '"text": payload.text.encode("ascii", "ignore").decode(), "ch',
        ),
    ),
    with_setting(
        "PC406",
        "a path of a setting",
        "project",
        'field(label="Project", description="Its id.")',
        (
            "payload: Message, idempotency_key: str)",
            "payload: Message, settings: Settings, idempotency_key: str)",
        ),
        ('        "/messages",\n', '        f"/projects/{settings.project}/messages",\n'),
    ),
    with_setting(
        "PC407",
        "takes a setting apart",
        "region",
        'field(label="Region", description="Such as eu-1.", placeholder="eu-1")',
        (
            '        headers={"Authorization"',
            '        headers={"X-Region": settings.region.split("-")[1], "Authorization"',
        ),
    ),
    plant(
        "PC410",
        "keeps the first key",
        (FIRST, f"{FIRST}\n\n{KEPT}"),
        ("{settings.api_key}", "{_Kept.key(settings.api_key)}"),
    ),
    added(
        "PC411",
        "rebinds a global",
        "SEEN = 0\n\n\ndef _count() -> None:\n    global SEEN\n    SEEN += 1\n",
    ),
    plant(
        "PC412",
        "logs a key",
        (
            "    return RequestOptions(\n",
            '    import logging\n\n    logging.getLogger(__name__).info(f"key {settings.api_key}")\n'
            "    return RequestOptions(\n",
        ),
    ),
    plant(
        "PC413",
        "a key in the query",
        (
            '        headers={"Authorization"',
            '        query={"key": settings.api_key},\n        headers={"Authorization"',
        ),
    ),
    plant(
        "PC414",
        "a key for a name",
        (
            "def test_authentication(client: Client)",
            "def test_authentication(client: Client, settings: Settings)",
        ),
        (TEST, '    client.get("/me")\n    return f"key {settings.api_key}"\n'),
    ),
    plant(
        "PC415",
        "a key to choose",
        ("def channels(client: Client)", "def channels(client: Client, settings: Settings)"),
        (CHANNELS, '    client.get("/channels")\n    return Choices([f"{settings.api_key}"])\n'),
    ),
]
CREDENTIAL_PLANTS = [
    plant("PC501", "a test that asks nobody", (TEST, '    return "Acme"\n')),
    plant(
        "PC502",
        "a test that believes nobody",
        (TEST, '    client.get("/me", raise_for_status=False)\n    return "Acme"\n'),
    ),
    plant("PC503", "no name", (TEST, '    client.get("/me")\n    return ""\n')),
    plant(
        "PC504",
        "a test that splits",
        (TEST, '    return client.get("/me").text.split(\'"name": "\')[1]\n'),
    ),
    plant(
        "PC505", "a test that writes", (TEST, '    return str(client.put("/me").json()["name"])\n')
    ),
    renewing("PC510", "a bug in the refresh", ("(answer, auth)", "(answer, auth.now)")),
    renewing(
        "PC511",
        "the old token",
        (READ, f"{READ}    fresh = attrs.evolve(fresh, access_token=auth.access_token)\n"),
    ),
    renewing(
        "PC512",
        "gives the refresh token up",
        (
            READ,
            f"{READ}    if fresh.refresh_token == auth.refresh_token:\n"
            '        fresh = attrs.evolve(fresh, refresh_token="")\n',
        ),
    ),
    renewing(
        "PC513",
        "the old refresh token",
        (READ, f"{READ}    fresh = attrs.evolve(fresh, refresh_token=auth.refresh_token)\n"),
    ),
    renewing(
        "PC514", "no end", (READ, f"{READ}    fresh = attrs.evolve(fresh, expires_at=None)\n")
    ),
    renewing(
        "PC515",
        "an ended grant as an outage",
        (
            READ,
            f"    try:\n    {READ}    except ReauthorizationError as error:\n"
            '        raise RefreshError("later") from error\n',
        ),
    ),
    renewing(
        "PC516",
        "an outage as an ended grant",
        (READ, f'    if answer.status == 503:\n        raise ReauthorizationError("gone")\n{READ}'),
    ),
    renewing("PC517", "five calls", (CALL, f"    for _ in range(5):\n    {CALL}")),
    renewing("PC518", "a token in the URL", ("form=form", "query=form")),
    renewing(
        "PC519",
        "keeps the first token",
        others=(
            (FIRST, f"{FIRST}\n\n{KEPT}"),
            (
                "def extend_request(settings: Settings)",
                "def extend_request(settings: Settings, auth: Auth)",
            ),
            (
                '        headers={"Authorization"',
                '        headers={"X-Token": _Kept.by.setdefault(settings.api_key, auth.access_token) or "",\n'
                '        "Authorization"',
            ),
        ),
    ),
    renewing(
        "PC520",
        "blames events for an ended grant",
        others=(
            (
                POST,
                "    from portcall import Outcome\n\n    try:\n"
                f"{indent(POST, '    ')}    except ReauthorizationError:\n"
                '        return Outcome.rejected("gone")\n',
            ),
        ),
    ),
    consenting(
        "PC530",
        "a page without https",
        ('f"https://login.acme.example/authorize', '"http:" + f"//login.acme.example/authorize'),
    ),
    consenting(
        "PC531",
        "takes any state",
        (
            'if not hmac.compare_digest(answer.get("state", ""), reveal(pending["state"])):',
            "if not answer:",
        ),
    ),
    consenting(
        "PC532",
        "takes a code for granted",
        (
            '    if "code" not in answer:\n        raise AuthenticationError("Acme gave no code")\n',
            "",
        ),
    ),
    consenting(
        "PC533", "returns nothing", ("return token_response(answered, auth)", "return Auth()")
    ),
]
PLANTS = [*STATUS_PLANTS, *CONDUCT_PLANTS, *TEXT_PLANTS, *CREDENTIAL_PLANTS]
