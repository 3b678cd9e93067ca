"""A fault is found in whatever form an author gives it."""

from textwrap import dedent, indent

import pytest

from portcall.checks import check

from .behaviour_plants import (
    BATCH,
    FIRST,
    POST,
    READ,
    caught,
    consenting,
    plant,
    renewing,
    single,
)


def _failing_batch():
    return (
        "    from portcall import Outcome, ResponseError\n\n    try:\n"
        f"{indent(BATCH.rpartition(chr(10))[0], '    ')}\n"
        "    except ResponseError as error:\n"
        "        if error.response.status < 500:\n            raise\n"
        '        return Outcomes.all(payloads, Outcome.rejected("refused"))\n'
        "    return Outcomes.delivered(payloads)"
    )


FORMS = [
    single(
        "PC334",
        "the present time",
        f"import time\n\n{dedent(POST)}".replace(
            "payload.channel}", 'payload.channel, "at": int(time.time())}'
        ),
    ),
    caught(
        "PC313",
        "reads Retry-After as a number",
        "ThrottledError",
        ("error.response.status == 429", 'int(error.response.headers["retry-after"])'),
    ),
    caught(
        "PC308",
        "reads an error as JSON by itself",
        "ResponseError",
        ("error.response.status == 400", '__import__("json").loads(error.response.body)'),
    ),
    plant(
        "PC401",
        "a path of an event's id",
        (
            "payload: Message, idempotency_key: str)",
            "payload: Message, idempotency_key: str, event: dict)",
        ),
        ('        "/messages",\n', "        f\"/people/{event['userId']}/messages\",\n"),
    ),
    plant(
        "PC401",
        "a path of a batch",
        ('        "/messages/batch",\n', '        f"/channels/{payloads[0].channel}/messages",\n'),
    ),
    plant(
        "PC401",
        "a path that is half encoded",
        (
            '        "/messages",\n',
            "        f\"/channels/{__import__('urllib.parse').parse.quote(payload.text)}/messages\",\n",
        ),
    ),
    single(
        "PC304",
        "does not look at the status",
        dedent(POST).replace('"/messages",', '"/messages",\n    raise_for_status=False,'),
    ),
    renewing(
        "PC515",
        "an ended grant as nothing to renew with",
        (READ, f"    if answer.status == 400:\n        return None\n{READ}"),
    ),
    plant(
        "PC410",
        "the customer of the request before",
        (FIRST, f"{FIRST}\n_KEPT: list = []\n"),
        (
            "    return RequestOptions(\n",
            "    _KEPT.append(settings.api_key)\n    return RequestOptions(\n",
        ),
        ("{settings.api_key}", "{_KEPT[max(len(_KEPT) - 2, 0)]}"),
    ),
    plant(
        "PC303",
        "a bug in the second sync mode",
        (
            "    subscribe='type = \"track\"',\n",
            '    subscribe=\'type = "track"\',\n    sync_modes=("add", "remove"),\n',
        ),
        (
            "payload: Message, idempotency_key: str)",
            "payload: Message, idempotency_key: str, sync_mode: str)",
        ),
        (POST, f'    if sync_mode == "remove":\n        raise KeyError(sync_mode.removed)\n{POST}'),
    ),
    plant(
        "PC315",
        "rejects a batch in an outage",
        (BATCH, _failing_batch()),
    ),
    single(
        "PC403",
        "a form of text",
        """\
        headers = {"Idempotency-Key": idempotency_key}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        client.post("/messages", body=f"text={payload.text}", headers=headers)
        """,
    ),
    single(
        "PC402",
        "a query language in a query",
        """\
        headers = {"Idempotency-Key": idempotency_key}
        query = {"q": f"SELECT id FROM message WHERE text = '{payload.text}'"}
        client.post("/messages", query=query, headers=headers)
        """,
    ),
    single(
        "PC403",
        "a query language in a body",
        """\
        headers = {"Idempotency-Key": idempotency_key}
        mutation = 'mutation { post(text: "%s") { id } }' % payload.text
        client.post("/graphql", json={"query": mutation}, headers=headers)
        """,
    ),
    single(
        "PC403",
        "an element of text",
        """\
        headers = {"Idempotency-Key": idempotency_key, "Content-Type": "application/xml"}
        client.post("/messages", body=f"<a>{payload.text}</a>", headers=headers)
        """,
    ),
    consenting("PC530", "one state for all", ("secrets.token_urlsafe(16)", '"a-state"')),
    plant(
        "PC412",
        "logs a header",
        (
            "    return RequestOptions(\n",
            "    import logging\n    from base64 import b64encode\n\n"
            '    text = b64encode(f"acme:{settings.api_key}".encode()).decode()\n'
            '    logging.getLogger(__name__).info("Basic %s", text)\n'
            "    return RequestOptions(\n",
        ),
    ),
    renewing(
        "PC510",
        "an end without a zone",
        (
            READ,
            f"{READ}    from datetime import datetime as at\n\n"
            "    fresh = attrs.evolve(fresh, expires_at=at(2099, 1, 1))\n",
        ),
    ),
]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_another_form_of_a_fault_trips_the_same_check(form, tmp_path):
    report = check(form.write(tmp_path), only=["PC3", "PC4", "PC5"])
    assert form.code in {each.code for each in report.findings}, [*map(str, report.findings)]


def test_a_batch_that_reads_a_bare_list_of_items_handles_a_successful_answer(tmp_path):
    read = (
        f"{BATCH.rpartition(chr(10))[0]}\n".replace(
            "    client.post(", "    answer = client.post(", 1
        )
        + "    from portcall import Outcome\n\n"
        + "    return Outcomes(\n"
        + '        {each["index"]: Outcome.of_status(each["status"]) for each in answer.json()}\n'
        + "    )"
    )
    form = plant("PC303", "a bare list", (BATCH, read))
    report = check(form.write(tmp_path), only=["PC303"])
    assert [*map(str, report.findings)] == []
