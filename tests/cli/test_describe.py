import json


def test_it_says_fields_hosts_and_actions(run):
    outcome = run("describe", "good", "--json")
    said = json.loads(outcome.out)
    fields = {field["name"]: field for field in said["fields"]}
    assert outcome.code == 0
    assert said["scheme"] == "basic"
    assert said["distribution"] == "portcall-good"
    assert list(fields) == ["username", "password", "endpoint", "region", "tags", "note"]
    assert fields["password"]["kind"] == "secret"
    assert fields["password"]["required"] is True
    assert fields["endpoint"]["env"] == "PORTCALL_GOOD_ENDPOINT"
    assert [choice["value"] for choice in fields["region"]["choices"]] == ["eu", "us"]
    assert said["hosts"] == ["{endpoint}"]
    track = said["actions"][0]
    assert (track["name"], track["title"], track["subscribe"]) == (
        "track",
        "Track",
        'type = "track"',
    )
    assert track["mapping"]["name"] == {"@path": "$.event"}
    assert [field["name"] for field in track["fields"]] == ["name", "total"]


def test_what_a_plugin_prints_is_not_among_the_results(run):
    outcome = run("describe", "good", "--json")
    json.loads(outcome.out)
    assert "hello from an import" in outcome.err


def test_for_people_it_is_one_page(run):
    out = run("describe", "good").out
    assert "good (portcall-good 1.2.3), scheme basic" in out
    assert "region: Region (string, optional, default eu, one of eu | us)" in out
    assert "PORTCALL_GOOD_REGION" in out
    assert "the origin of the field 'endpoint'" in out
    assert "name: Name (string, required, from $.event)" in out


def test_an_oauth2_destination_takes_tokens_beside_its_fields(run):
    said = json.loads(run("describe", "bearer", "--json").out)
    assert [each["env"] for each in said["credentials"]] == [
        "PORTCALL_BEARER_ACCESS_TOKEN",
        "PORTCALL_BEARER_REFRESH_TOKEN",
        "PORTCALL_BEARER_CLIENT_ID",
        "PORTCALL_BEARER_CLIENT_SECRET",
    ]


def test_hosts_that_need_settings_are_said_to_need_them(run):
    assert json.loads(run("describe", "chatty", "--json").out)["hosts"] == ["depends on settings"]


def test_an_unknown_slug_gets_the_near_one(run):
    outcome = run("describe", "god")
    assert outcome.code == 2
    assert "did you mean 'good'?" in outcome.err


def test_a_broken_plugin_is_one_line_that_names_it(run):
    for slug in ("boom", "quitter", "misspelt", "twin"):
        outcome = run("describe", slug)
        assert outcome.code == 2, slug
        assert "Traceback" not in outcome.both
        assert outcome.err.startswith("Error: ")
        assert "portcall-" in outcome.err
