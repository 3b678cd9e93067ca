"""What is said of a run while no terminal shows a bar."""

from threading import Event

from portcall.cli.terminal import progress_bar as module
from portcall.cli.terminal.progress_bar import progress_bar, progress_line, summary
from portcall.runs import Progress


def test_without_a_terminal_a_line_says_counts_rate_and_what_is_left():
    progress = Progress(delivered=2000, rejected=3, rate=200.3, took_s=10.0, time_left_s=30.0)
    assert summary(progress) == "2,000 delivered, 3 rejected, 200/s"
    assert progress_line(progress) == "10 s (30 s left): 2,000 delivered, 3 rejected, 200/s"
    assert progress_line(Progress(took_s=10.0)) == "10 s: 0 delivered, 0/s"
    assert progress_line(Progress(took_s=10.0, time_left_s=0.0)) == "10 s: 0 delivered, 0/s"


def test_what_keeps_events_waiting_is_said_again_and_again(monkeypatch, capsys):
    said = Event()

    def look():
        said.set()
        return Progress(trouble="Connection refused")

    monkeypatch.setattr(module, "EVERY_S", 0.01)
    with progress_bar("x", look):
        assert said.wait(20)
    assert "0 delivered, 0/s; Connection refused" in capsys.readouterr().err
