"""Spark itself: its JVM, its Python workers, and what the receiver has seen of their work."""

from __future__ import annotations

import json
import shutil
from collections import Counter

import pytest

if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)
pytest.importorskip("pyspark", reason="PySpark is in the dependency group spark")

from pyspark.sql import SparkSession

from portcall import NotDeliveredError, PortcallError
from portcall_spark import deliver, for_each_batch, open_commit_log, register

CONFIGURATION = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.log.level": "OFF",
}


@pytest.fixture(scope="module")
def spark():
    """Return a session with two workers, which tries each task up to four times."""
    builder = SparkSession.builder.master("local[2,4]")
    for name, value in CONFIGURATION.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    register(session)
    yield session
    session.stop()


@pytest.fixture
def people(spark):
    """Return a DataFrame of people in two partitions: so many of them, or those with given names."""

    def people(count=0, *names):
        rows = [f"person {number}" for number in range(count)] + [*names]
        made = spark.createDataFrame(
            [(f"m-{n}", name) for n, name in enumerate(rows)], "messageId string, name string"
        )
        return made.repartition(2)

    return people


@pytest.fixture
def options(project, tmp_path):
    """Return the options of every job, as keyword arguments or as those of a data source."""
    return {"project": f"{project}", "commit_log": f"{tmp_path / 'commits.db'}"}


def save(df, options, action="charge", mode="append", **more):
    writer = df.write.format("portcall").option("connection", "shop").option("action", action)
    for name, value in {**options, **more}.items():
        writer = writer.option(name, value)
    writer.mode(mode).save()


def ids(peer):
    return Counter(request.json()["id"] for request in peer.received("/events"))


def test_every_row_is_delivered_once(people, options, peer):
    save(people(50), options, run="r-1")
    assert ids(peer) == Counter(f"m-{n}" for n in range(50))
    with open_commit_log(options["commit_log"]) as log:
        assert log.counts("r-1") == {"delivered": 50}


def test_the_same_run_sends_nothing_again_however_its_rows_are_spread(people, options, peer):
    save(people(20), options, run="r-1")
    save(people(20).repartition(5), options, run="r-1")
    assert set(ids(peer).values()) == {1}


def test_a_worker_killed_in_the_middle_loses_no_row_and_repeats_what_may_be(people, options, peer):
    save(people(20, "the last word"), options, action="name", run="r-1")
    seen = ids(peer)
    assert len(seen) == 21
    assert {each: count for each, count in seen.items() if count > 1} == {"m-20": 2}


def test_a_worker_killed_in_the_middle_charges_no_card_twice(people, options, peer, tmp_path):
    folder = tmp_path / "undelivered"
    save(people(20, "the last word"), options, run="r-1", undelivered=f"{folder}")
    assert set(ids(peer).values()) == {1}
    [file] = folder.iterdir()
    [line] = file.read_text().splitlines()
    assert json.loads(line)["messageId"] == "m-20"
    assert json.loads(line)["_portcall"]["outcome"] == "uncertain"


def test_rows_that_are_rejected_fail_a_job_that_has_no_place_for_them(spark, options, peer):
    rows = spark.createDataFrame([("m-1", None), ("m-2", "Bob")], "messageId string, name string")
    with pytest.raises(Exception, match="1 rejected; rejected: Name is missing"):
        save(rows, options, run="r-1")
    assert ids(peer) == {"m-2": 1}


def test_rows_that_are_rejected_are_kept_in_the_form_of_dead_letters(spark, options, tmp_path):
    rows = spark.createDataFrame([("m-1", None), ("m-2", "Bob")], "messageId string, name string")
    save(rows, options, run="r-1", undelivered=f"{tmp_path / 'undelivered'}")
    [file] = (tmp_path / "undelivered").iterdir()
    assert file.name.startswith("shop-charge.r-1-")
    assert file.name.endswith(".rejected.ndjson")
    note = json.loads(file.read_text())["_portcall"]
    assert (note["outcome"], note["field"]) == ("rejected", "name")


def test_a_column_can_hold_the_event(spark, options, peer):
    struct = spark.sql(
        "SELECT named_struct('messageId', 'm-1', 'name', 'Ada') AS event, 1 AS other"
    )
    text = spark.sql("""SELECT '{"messageId": "m-2", "name": "Bob"}' AS event""")
    for rows in (struct, text):
        save(rows, options, event="event")
    assert ids(peer) == {"m-1": 1, "m-2": 1}


def test_what_cannot_work_is_told_before_any_row_is_sent(people, options, peer):
    for wrong, said in [
        ({"action": "chrge"}, "did you mean 'charge'"),
        ({"mapping": '{"nam": 1}'}, "nam"),
        ({"mode": "overwrite"}, "can only append"),
    ]:
        with pytest.raises(Exception, match=said):
            save(people(1), options, **wrong)
    assert not peer.requests


def test_outcomes_computed_twice_are_delivered_once(people, options, peer):
    outcomes = deliver(people(10), "shop", "charge", **options)
    for _ in range(2):
        assert outcomes.where("outcome = 'delivered'").count() == 10
    assert set(ids(peer).values()) == {1}


def test_a_micro_batch_that_is_repeated_sends_nothing_twice(people, options, peer):
    deliver_batch = for_each_batch("shop", "charge", name="people", **options)
    for _ in range(2):
        deliver_batch(people(10), 3)
    deliver_batch(people(10), 4)
    assert set(ids(peer).values()) == {2}


def test_a_stream_is_delivered_batch_by_batch(spark, options, peer, tmp_path):
    source = tmp_path / "incoming"
    source.mkdir()
    (source / "1.json").write_text('{"messageId": "m-1", "name": "Ada"}\n{"messageId": "m-2"}\n')
    stream = spark.readStream.schema("messageId string, name string").json(f"{source}")
    deliver_batch = for_each_batch(
        "shop", "charge", name="people", undelivered=f"{tmp_path / 'undelivered'}", **options
    )
    query = (
        stream.writeStream.foreachBatch(deliver_batch)
        .option("checkpointLocation", f"{tmp_path / 'checkpoint'}")
        .trigger(availableNow=True)
        .start()
    )
    assert query.awaitTermination(120)
    assert ids(peer) == {"m-1": 1}
    [kept] = spark.read.json(f"{tmp_path / 'undelivered'}").collect()
    assert (kept["message_id"], kept["outcome"], kept["batch"]) == ("m-2", "rejected", 0)


def test_a_stream_is_led_to_its_own_way(spark, tmp_path):
    stream = spark.readStream.format("rate").load()
    writer = stream.writeStream.format("portcall").option("checkpointLocation", f"{tmp_path}")
    with pytest.raises(Exception, match="foreachBatch"):
        writer.start().awaitTermination(60)


def test_a_micro_batch_without_a_place_for_what_is_rejected_fails(spark, options):
    rows = spark.createDataFrame([("m-1", None)], "messageId string, name string")
    with pytest.raises(NotDeliveredError, match="1 rejected"):
        for_each_batch("shop", "charge", name="people", **options)(rows, 0)


def test_a_connection_that_is_not_stored_is_told_by_the_driver(people, options):
    with pytest.raises(PortcallError, match="did you mean 'shop'"):
        deliver(people(1), "shp", "charge", **options)
