"""Counts and reasons that stay small, and what is said of them while nobody sees a bar."""

from portcall.cli.progress_bar import line, progress, summary
from portcall.runs.counts import MAX_REASONS, OTHER, Counts, shortened, together


def test_reasons_that_always_differ_take_no_more_memory():
    tally = Counts()
    for number in range(500):
        tally.fail("rejected", number, f"reason {number}", "same in short")
    assert len(tally.groups) <= MAX_REASONS + 1
    assert sum(group.count for group in tally.groups.values()) == 500 == tally.counts["rejected"]
    assert OTHER in tally.groups


def test_a_reason_is_shown_without_the_request_that_every_reason_begins_with():
    said = 'POST https://api.example.com/x answered 422 Unprocessable Entity: {"error": "no"}'
    assert shortened(said) == ('422 Unprocessable Entity: {"error": "no"}', "422")
    assert shortened("KeyError: 'things'") == ("KeyError: 'things'", "KeyError")


def test_tallies_of_several_subscriptions_are_added_up():
    one, other = Counts(took_s=1.0), Counts(took_s=2.0)
    one.counts["delivered"] = 3
    other.counts["delivered"] = 5
    for tally in (one, other):
        tally.fail("rejected", 7, "no sevens")
    whole = together([one, other])
    assert (whole.counts["delivered"], whole.took_s) == (8, 2.0)
    assert whole.groups["no sevens"].count == 2


def test_without_a_terminal_a_line_says_counts_rate_and_what_is_left():
    tally = Counts(took_s=10.0)
    tally.counts.update({"delivered": 2000, "rejected": 3})
    assert summary(tally) == "2,000 delivered, 3 rejected, 200/s"
    assert line(10.0, summary(tally), 4_000, 1_000) == (
        "10 s (30 s left): 2,000 delivered, 3 rejected, 200/s"
    )
    assert line(10.0, "x", None, 0) == "10 s: x"
    assert line(10.0, "x", 4_000, 4_000) == "10 s: x"  # all is read, and not all delivered


def test_what_keeps_events_waiting_is_said_again_and_again(monkeypatch, capsys):
    from threading import Event

    from portcall.cli import progress_bar as module

    said = Event()

    def trouble():
        said.set()
        return "Connection refused"

    monkeypatch.setattr(module, "EVERY_S", 0.01)
    with progress("x", [Counts(took_s=1.0)], trouble=trouble):
        assert said.wait(20)
    assert "0 delivered, 0/s; Connection refused" in capsys.readouterr().err
