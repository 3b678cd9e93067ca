import os
import threading

import pytest

from portcall import SettingsError
from portcall.runs.pipelines.pipeline import Pipeline

WHOLE = """
connection = "shop"
input = "events.ndjson"
format = "ndjson"
workers = 8
rate = 200

[settings]
endpoint = "https://eu.example.com"
port = 8443
strict = true

[[subscriptions]]
name = "Orders"
action = "track"
subscribe = 'type = "track"'
preset = "Orders"
sync_mode = "upsert"
saved = { list_id = "7" }
[subscriptions.mapping]
event = { "@path" = "$.event" }

[[subscriptions]]
action = "track"
enabled = false
"""


def test_every_entry_of_a_pipeline_is_read(write, tmp_path):
    pipeline = Pipeline.read(write("shop.toml", WHOLE))
    assert (pipeline.connection, pipeline.format, pipeline.workers) == ("shop", "ndjson", 8)
    assert pipeline.input == str(tmp_path / "events.ndjson")
    assert pipeline.rate == 200.0
    assert pipeline.settings == {
        "endpoint": "https://eu.example.com", "port": "8443", "strict": "true"
    }  # fmt: skip
    orders, other = pipeline.subscriptions
    assert (orders.name, orders.action, orders.preset) == ("Orders", "track", "Orders")
    assert orders.subscribe == 'type = "track"'
    assert orders.mapping == {"event": {"@path": "$.event"}}
    assert (orders.sync_mode, orders.saved, orders.enabled) == ("upsert", {"list_id": "7"}, True)
    assert (other.name, other.mapping, other.enabled) == ("track", None, False)


def test_the_same_in_json_is_the_same_pipeline(write):
    held = {"connection": "shop", "input": "-", "subscriptions": [{"action": "track"}]}
    toml = 'connection = "shop"\ninput = "-"\n[[subscriptions]]\naction = "track"\n'
    first = Pipeline.read(write("shop.json", held))
    second = Pipeline.read(write("shop.toml", toml))
    assert first.input == "-"
    assert first.subscriptions == second.subscriptions


def test_settings_are_in_no_repr(write):
    assert "eu.example.com" not in repr(Pipeline.read(write("shop.toml", WHOLE)))


def test_every_fault_is_listed_at_once_with_its_place(problems):
    found = problems(
        """
        conection = "shop"
        input = 7
        format = "jsn"
        workers = 0
        rate = -1
        [settings]
        api_key = ["s3cret-list"]
        [[subscriptions]]
        name = 3
        action = ["s3cret"]
        subscribe = 1
        mapping = 2
        merge = "yes"
        enabled = "no"
        maping = {}
        [[subscriptions]]
        action = ""
        """
    )
    assert found["conection"].endswith("there is no such entry; did you mean 'connection'?")
    assert found["connection"] == "connection: it is missing"
    assert found["input"] == "input: it must be text; it is 7"
    assert found["format"] == "format: it is 'jsn'; did you mean 'json'?"
    assert found["workers"] == "workers: it must be an integer from 1 to 1024; it is 0"
    assert found["rate"] == "rate: it must be a number above 0; it is -1"
    assert found["settings.api_key"].endswith("it is an array")
    assert found["subscriptions[0].action"].endswith("it must be text; it is an array")
    assert found["subscriptions[0].mapping"].endswith("the path of a JSON file; it is 2")
    assert found["subscriptions[0].merge"].endswith("it must be true or false; it is a string")
    assert "did you mean 'mapping'?" in found["subscriptions[0].maping"]
    assert found["subscriptions[1].action"].endswith("it must not be empty")
    assert {f"subscriptions[0].{name}" for name in ("name", "subscribe", "enabled")} <= set(found)
    assert "s3cret" not in str(found)


@pytest.mark.parametrize("value", ["true", "1025", "1.5", '"8"', "inf"])
def test_workers_are_an_integer_within_bounds(problems, value):
    found = problems(f'connection = "a"\nworkers = {value}\nsubscriptions = []')
    assert "workers" in found


@pytest.mark.parametrize("value", ["true", "0", "inf", "nan", '"8"'])
def test_a_rate_is_a_finite_number_above_zero(problems, value):
    assert "rate" in problems(f'connection = "a"\nrate = {value}\n')


@pytest.mark.parametrize("held", ["", "subscriptions = []", "subscriptions = {}"])
def test_a_pipeline_without_a_subscription_is_refused(problems, held):
    assert list(problems(f'connection = "a"\n{held}')) == ["subscriptions"]


def test_names_are_unique(write, problems):
    one = '[[subscriptions]]\naction = "track"\n'
    pipeline = Pipeline.read(
        write("shop.toml", f'connection = "a"\n{one}{one}{one}name = "track 2"\n')
    )
    assert [each.name for each in pipeline.subscriptions] == ["track", "track 3", "track 2"]
    found = problems(f'connection = "a"\n{one}name = "One"\n{one}name = "One"\n')
    assert found == {
        "subscriptions[1].name": "subscriptions[1].name: there is another subscription called 'One'"
    }


def test_a_mapping_may_lie_in_a_file_beside_the_pipeline(write, problems):
    write("map.json", {"user_id": {"@path": "$.userId"}})
    pipeline = 'connection = "a"\n[[subscriptions]]\naction = "track"\nmapping = "{}"'
    read = Pipeline.read(write("shop.toml", pipeline.format("map.json")))
    assert read.subscriptions[0].mapping == {"user_id": {"@path": "$.userId"}}
    [(place, message)] = problems(pipeline.format("mop.json")).items()
    assert place == "subscriptions[0].mapping"
    assert "mop.json cannot be read: No such file or directory" in message
    write("map.json", "[1]")
    assert "it is an array" in str(problems(pipeline.format("map.json")))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.toml", 'connection = "a"\nworkers 8\n', "(at line 2, column 9)"),
        ("a.toml", 'connection = "a"\nconnection = "b"\n', "line 2"),
        ("a.toml", '{"connection": "a"}', "a JSON file needs a name that ends in .json"),
        ("a.toml", "a = " + "[" * 100_000, "too deep"),
        ("a.toml", b'a = "\xff"', "is not UTF-8 text (at byte 5)"),
        ("a.toml", "#" * (1 << 20) + "#", "larger than 1048576 bytes"),
        ("a.json", '{"a": 1,\n "b" 2}', "(at line 2, column 6)"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.json", '{"a": 1, "a": 2}', "'a' is given twice"),
        ("a.json", '{"a": NaN}', "NaN is not a number in JSON"),
        ("a.json", "7", "must hold an object with a connection; it is 7"),
        ("a.json", '[{"actionSlug": "track"}]', "holds subscriptions and no pipeline"),
    ],
)
def test_a_file_that_is_no_pipeline_says_why_and_where(write, name, content, said):
    with pytest.raises(SettingsError) as caught:
        Pipeline.read(write(name, content))
    assert said in str(caught.value)
    assert name in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"shop\.toml cannot be read: No such file"):
        Pipeline.read(tmp_path / "shop.toml")
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        Pipeline.read(tmp_path)


def test_a_byte_order_mark_is_no_text(write):
    text = '\ufeffconnection = "a"\r\n[[subscriptions]]\r\naction = "track"\r\n'
    assert Pipeline.read(write("a.toml", text.encode())).connection == "a"


def test_no_more_of_a_pipe_is_read_than_its_bound(tmp_path):
    pipe = tmp_path / "endless.toml"
    os.mkfifo(pipe)

    def pour():
        with pipe.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"#" * 65536)
            except BrokenPipeError:
                return

    thread = threading.Thread(target=pour, daemon=True)
    thread.start()
    with pytest.raises(SettingsError, match="larger than"):
        Pipeline.read(pipe)
    thread.join(20)
    assert not thread.is_alive()


def test_more_faults_than_anybody_reads_are_not_listed(problems):
    found = problems('connection = "a"\n' + "".join(f"x{n} = 1\n" for n in range(5000)))
    assert len(found) == 100


def test_there_is_a_bound_on_subscriptions(problems):
    one = '[[subscriptions]]\naction = "a"\n'
    assert "there are 1001; at most 1000" in str(problems(f'connection = "a"\n{one * 1001}'))


def test_an_empty_input_and_a_date_in_what_was_saved_are_refused(problems):
    one = '[[subscriptions]]\naction = "a"\nsaved = { at = 2026-01-01 }\n'
    found = problems(f'connection = "a"\ninput = ""\n{one}')
    assert list(found) == ["subscriptions[0].saved", "input"]
