"""A followed file: each line once, whatever becomes of the file, of its name and of the process."""

import json
import os
import shutil

import pytest

from portcall.runs.inputs import InputError, InputOptions
from portcall.runs.inputs.following.followed_file import FollowedFile
from portcall.runs.inputs.following.growing_source import Clock
from portcall.runs.inputs.following.rotated_files import is_rotated_name


class Following:
    """A process that follows a file; what happens to the file while it waits is a list of steps."""

    def __init__(self, path, **options):
        self.path = path
        self.options = InputOptions(**options)
        self.waits = True
        self.kept = ""
        self.read = []
        self.notices = []

    def run(self, *steps, done=None, skipped=0, seen=0):
        """Read until nothing is left to happen; return the names of the events.

        Args:
            steps: Each is called once nothing more is in the file.
            done: Entries up to this one have their outcomes; all that were read if None.
            skipped: Entries up to this one had their outcomes before.
            seen: The last entry that may have been sent before.
        """
        left, now, quiet = list(steps), [0.0], [0]

        def wait(seconds):
            now[0] += seconds
            quiet[0] += 1
            if left:
                left.pop(0)()
                quiet[0] = 0

        over = lambda: quiet[0] > 40  # noqa: E731  # 8 s: longer than half a line is waited for
        clock = Clock(wait, lambda: now[0])
        followed = FollowedFile(str(self.path), self.options, over, clock, waits=self.waits)
        followed.begin(self.kept, seen)
        followed.skip(skipped)
        given = [skipped]
        followed.places.needed = lambda: (given[0] if done is None else done) + 1
        followed.places.keep = lambda text: setattr(self, "kept", text)
        found = []
        with followed:
            for entry in followed:
                found.append(entry)
                given[0] = entry.number
        followed.places.save()
        self.notices = followed.notices
        self.read += found
        return [entry.event["event"] if entry.event else entry.reason for entry in found]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "app.log"


@pytest.fixture
def following(path):
    return Following(path)


def lines(*names):
    return "".join(json.dumps({"event": name}) + "\n" for name in names)


def write(path, *names):
    """Return what appends events to a file, which is made if it is missing."""

    def step():
        with path.open("a") as file:
            file.write(lines(*names))

    return step


def write_text(path, text):
    def step():
        with path.open("a") as file:
            file.write(text)

    return step


def rename(path, name):
    def step():
        path.rename(path.with_name(name))

    return step


def copytruncate(path, name, *late):
    """Return what rotates a file by a copy, into which *late* lines still came."""

    def step():
        write(path, *late)()
        shutil.copyfile(path, path.with_name(name))
        os.truncate(path, 0)

    return step


def both(*steps):
    def step():
        for each in steps:
            each()

    return step


def test_lines_are_events_as_they_are_written(following, path):
    write(path, "a")()
    assert following.run(write(path, "b"), write(path, "c", "d")) == ["a", "b", "c", "d"]
    assert [entry.number for entry in following.read] == [1, 2, 3, 4]


def test_a_line_without_line_feed_is_no_event_until_it_has_one(following, path):
    write_text(path, '{"event": ')()
    assert following.run(write_text(path, '"a"}')) == []
    assert following.run() == []
    assert following.run(write_text(path, "\n")) == ["a"]


def test_a_file_that_does_not_exist_yet_is_waited_for(following, path):
    assert following.run(write(path, "a"), write(path, "b")) == ["a", "b"]


def test_a_renamed_file_is_read_to_its_end_before_the_next_one(following, path):
    write(path, "a")()
    rotated = path.with_name("app.log.1")
    assert following.run(
        both(write(path, "b"), rename(path, "app.log.1")),
        both(write(rotated, "c"), write(path, "x")),
        write(path, "y"),
    ) == ["a", "b", "c", "x", "y"]


def test_lines_that_come_late_into_a_renamed_file_are_read(following, path):
    write(path, "a")()
    rotated = path.with_name("app.log.1")
    assert following.run(
        both(rename(path, "app.log.1"), write(path, "x")),
        write(path, "y"),
        write(rotated, "late"),
        write(path, "z"),
    ) == ["a", "x", "y", "late", "z"]
    assert following.run(write(rotated, "later"), write(path, "end")) == ["later", "end"]


def test_half_a_line_of_a_renamed_file_gets_its_rest(following, path):
    rotated = path.with_name("app.log.1")
    write_text(path, '{"event":')()
    assert following.run(
        both(rename(path, "app.log.1"), write(path, "x")), write_text(rotated, '"a"}\n')
    ) == ["a", "x"]


def test_the_last_line_of_a_renamed_file_needs_no_line_feed(following, path):
    write_text(path, '{"event":"a"}')()
    assert following.run(both(rename(path, "app.log.1"), write(path, "x"))) == ["a", "x"]


def test_a_copied_and_truncated_file_is_gone_on_with_in_its_copy(following, path):
    write(path, "a", "b")()
    assert following.run(
        copytruncate(path, "app.log.1", "c", "d"), write(path, "x"), write(path, "y")
    ) == ["a", "b", "c", "d", "x", "y"]


def test_a_truncated_file_is_read_from_its_beginning(following, path):
    write(path, "a", "b")()
    assert following.run(lambda: os.truncate(path, 0), write(path, "x")) == ["a", "b", "x"]


def test_a_file_that_is_written_anew_and_longer_is_read_from_its_beginning(following, path):
    write(path, "a")()
    assert following.run(lambda: path.write_text(lines("p", "q", "r"))) == ["a", "p", "q", "r"]


def test_a_hole_that_a_writer_leaves_behind_a_truncation_is_no_line(following, path):
    with path.open("wb", buffering=0) as writer:
        writer.write(lines("a", "b").encode())
        assert following.run(
            lambda: os.truncate(path, 0), lambda: writer.write(lines("c").encode())
        ) == ["a", "b", "c"]


def test_a_file_that_is_removed_and_comes_again_is_read_from_its_beginning(following, path):
    write(path, "a")()
    assert following.run(path.unlink, write(path, "b"), write(path, "c")) == ["a", "b", "c"]


def test_a_file_that_is_moved_away_and_back_is_gone_on_with(following, path):
    write(path, "a")()
    aside = path.with_name("aside")
    assert following.run(
        rename(path, "aside"), write(path, "x"), lambda: aside.replace(path), write(path, "b")
    ) == ["a", "x", "b"]


def test_half_a_line_that_is_cut_off_is_kept_with_the_reason(following, path):
    write_text(path, '{"event": "lost')()
    assert following.run(lambda: os.truncate(path, 0), write(path, "x")) == [
        "the input was cut off here",
        "x",
    ]


RESTARTS = {
    "nothing": lambda path: None,
    "growth": lambda path: write(path, "c")(),
    "renamed": lambda path: both(write(path, "c"), rename(path, "app.log.1"))(),
    "renamed and new": lambda path: both(
        write(path, "c"), rename(path, "app.log-20240501"), write(path, "x")
    )(),
    "twice renamed": lambda path: both(
        write(path, "c"), rename(path, "app.log.2"), write(path, "x"), rename(path, "app.log.1"),
        write(path, "y"),
    )(),
    "copied": lambda path: both(copytruncate(path, "app.log.1", "c"), write(path, "x"))(),
    "twice copied": lambda path: both(
        copytruncate(path, "app.log.2", "c"), copytruncate(path, "app.log.1", "x"), write(path, "y")
    )(),
    "inode used again": lambda path: both(
        write(path, "c"), lambda: shutil.copyfile(path, path.with_name("app.log.1")),
        lambda: path.write_text(lines("x", "y", "z", "u", "v")),
    )(),
}  # fmt: skip


@pytest.mark.parametrize("name", RESTARTS)
def test_what_happens_while_no_process_follows_is_found_afterwards(following, path, name):
    write(path, "a", "b")()
    first = following.run()
    RESTARTS[name](path)
    second = following.run(write(path, "end"))
    expected = {
        "nothing": [], "growth": ["c"], "renamed": ["c"], "renamed and new": ["c", "x"],
        "twice renamed": ["c", "x", "y"], "copied": ["c", "x"], "twice copied": ["c", "x", "y"],
        "inode used again": ["c", "x", "y", "z", "u", "v"],
    }  # fmt: skip
    assert first == ["a", "b"]
    assert second == [*expected[name], "end"]
    assert following.run() == []
    assert following.notices == []


def test_entries_keep_their_numbers_through_a_kill_in_the_middle_of_rotations(following, path):
    """What was read and has no outcome yet is read again, under the number that it had."""
    write(path, "a", "b")()
    rotated = path.with_name("app.log.1")
    first = following.run(
        both(rename(path, "app.log.1"), write(path, "x")), write(rotated, "late"), write(path, "y"),
        done=1,
    )  # fmt: skip
    assert first == ["a", "b", "x", "late", "y"]
    numbers = {entry.event["event"]: entry.number for entry in following.read}
    rename(path, "app.log-2")()
    write(path, "z")()
    following.read.clear()
    assert following.run(skipped=1, seen=5) == ["b", "x", "late", "y", "z"]
    again = {entry.event["event"]: entry.number for entry in following.read}
    assert again == {name: numbers[name] for name in ("b", "x", "late", "y")} | {"z": 6}


def test_a_file_that_is_gone_is_named_with_the_place_up_to_which_it_was_read(following, path):
    write(path, "a", "b")()
    following.run()
    path.unlink()
    write(path, "x")()
    assert following.run() == ["x"]
    assert following.notices == [
        f"{path}: the file that was read up to byte 30 is gone, and none beside it continues it"
    ]


def test_an_older_file_of_the_rotation_is_never_read(following, path):
    write(path.with_name("app.log.1"), "old")()
    write(path, "a")()
    assert following.run(both(rename(path, "app.log.2"), write(path, "x"))) == ["a", "x"]


@pytest.mark.parametrize("name", ["orders.csv", "orders.tsv"])
def test_a_header_is_kept_across_restarts_and_is_new_after_a_rotation(tmp_path, name):
    path, sep = tmp_path / name, "\t" if name.endswith("tsv") else ","
    following = Following(path)
    path.write_text(f"event{sep}n:number\na{sep}1\n")
    assert following.run(write_text(path, '"b\n')) == ["a"]
    assert following.run(write_text(path, f'c"{sep}2\nd{sep}')) == ["b\nc"]
    assert following.run(write_text(path, "3\n")) == ["d"]
    rename(path, f"{name}.1")()
    path.write_text(f"n{sep}event\n4{sep}e\n")
    assert following.run() == ["e"]
    assert [entry.event.get("n") for entry in following.read] == [1, 2, 3, "4"]


def test_late_lines_do_not_divide_a_record_of_csv(tmp_path):
    path = tmp_path / "orders.csv"
    following = Following(path)
    path.write_text("event\na\n")
    rotated = path.with_name("orders.csv.1")
    assert following.run(
        both(rename(path, "orders.csv.1"), lambda: path.write_text('event\n"x\n')),
        write_text(rotated, "late\n"),
        write_text(path, 'y"\n'),
    ) == ["a", "x\ny", "late"]


def test_a_byte_order_mark_is_no_part_of_an_event(following, path):
    path.write_bytes(b"\xef\xbb\xbf" + lines("a").encode())
    assert following.run(write(path, "b")) == ["a", "b"]
    assert following.run(write(path, "c")) == ["c"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("app.log.gz", None, "packed with gzip"),
        ("rows.parquet", None, "Parquet"),
        ("book.xlsx", None, "an Excel workbook"),
        ("app.db", None, "a database"),
        ("app.log", b"\x1f\x8b\x08\x00\x00", "packed with gzip"),
        ("app.log", b"(\xb5/\xfd\x00", "packed with zstd"),
        ("app.log", b"PAR1....", "Parquet"),
        ("app.log", b'[{"event": "a"}', "a JSON array"),
        ("app.log", "{}".encode("utf-16"), "utf-16"),
        ("app.log", b'{"event": "caf\xe9 cr\xe8me"}\n', "windows-1252"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        Following(tmp_path / name).run()


def test_many_lines_without_an_outcome_take_little_memory(following, path):
    write(path, *map(str, range(3000)))()
    following.run(done=0)
    assert len(following.kept) < 300


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("app.log.1", True), ("app.log-20240501", True), ("app.log.2024-05-01T10:00", True),
        ("app.log.old", True), ("app-1.log", True), ("app-20240501.log", True),
        ("app.log.shop-track.journal", False), ("app.log.shop-track.rejected.ndjson", False),
        ("app.logger", False), ("apple.log", False), ("app.log", False),
    ],
)  # fmt: skip
def test_names_that_rotation_makes(name, is_one):
    assert is_rotated_name(name, "app.log") is is_one


def test_without_waiting_all_lines_that_are_there_are_read_through_a_rotation(following, path):
    following.waits = False
    assert following.run() == []
    write(path, "a", "b")()
    assert following.run() == ["a", "b"]
    write_text(path, '{"event": ')()
    assert following.run() == []
    both(write_text(path, '"c"}\n'), rename(path, "app.log.1"))()
    write(path, "x")()
    assert following.run() == ["c", "x"]
    assert following.run() == []
