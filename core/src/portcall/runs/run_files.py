"""Where the files of a run are: beside its input, or in the folder that was named."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from secrets import token_hex
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import attrs

from portcall.errors import SettingsError
from portcall.runs.dead_letters import DeadLetters, NoDeadLetters, stem_of
from portcall.runs.inputs import STDIN, is_url
from portcall.runs.journal_file import JournalFile
from portcall.runs.pipe_copies import PipeCopy, left_copies, own_copy
from portcall.runs.run_locks import alone
from portcall.runs.run_options import RunOptions

Opened: TypeAlias = tuple[JournalFile | None, DeadLetters, PipeCopy | None]

_PASSING: Final = ("/dev/", "/proc/")
"""Folders whose entries mean another file in each process."""


@attrs.frozen
class RunFiles:
    """The paths of the files of one run.

    Args:
        folder: Where they are.
        stem: How those for events begin that were not delivered.
        journal: None where there is none: of a pipe, which cannot be read a second time, and of a dry run.
        options: What was asked for.
        is_on_disk: The input is a file, which can be read a second time.
    """

    folder: Path
    stem: str
    journal: Path | None
    options: RunOptions
    is_on_disk: bool = True

    @classmethod
    def of(cls, source: str, what: str, options: RunOptions) -> RunFiles:
        """Return the paths for one run.

        Args:
            source: The input's path; ``-`` for standard input.
            what: What the run is, in a word: the same input may go to several destinations.
            options: Where to write, and what of an earlier run is taken.

        Raises:
            SettingsError: A pipe cannot be resumed, nor a run in another folder than its first.
        """
        path = _named(source)
        if options.query is not None:
            what = f"{what}.{sha256(repr((options.query, options.query_key)).encode()).hexdigest()[:8]}"
        if options.is_followed and is_pipe(source):
            raise SettingsError(
                f"{source} is not a regular file, and cannot be followed: leave out follow=True, and it is "
                "sent as it comes"
            )
        if is_pipe(source):
            folder = Path(options.place or ".")
            if options.resume and not left_copies(folder, what):
                raise SettingsError(
                    "a run that reads a pipe can be resumed only if it was killed: name a file"
                )
            return cls(folder, stem_of("", what), None, options, is_on_disk=False)
        folder = Path(options.place) if options.place else path.parent
        name = f"{path.name}.{what}.journal"
        beside = path.parent / name
        elsewhere = folder.resolve() != path.parent.resolve()
        if elsewhere and beside.exists() and not (options.dry_run or _has_ended(beside)):
            raise SettingsError(
                f"an earlier run did not finish, and has its journal beside the input: go on "
                f"without folder=, or remove {beside}, and everything is sent"
            )
        journal = None if options.dry_run else folder / name
        return cls(folder, stem_of(path.name, what), journal, options)

    @contextmanager
    def opened(
        self, digests: Mapping[str, str], check: Callable[[JournalFile], None]
    ) -> Iterator[Opened]:
        """Open the files, those of an earlier run if there was one; no other run has them meanwhile.

        Args:
            digests: What each subscription does, by its name.
            check: Called with the journal before anything is written.

        Raises:
            SettingsError: They are not there, are in use, belong to something else, or cannot be written.
        """
        with ExitStack() as stack:
            if not self.is_on_disk and not self.options.dry_run:
                yield stack.enter_context(self._opened_pipe(digests))
                return
            if self.journal is None:
                kind = NoDeadLetters if self.options.dry_run else DeadLetters
                dead_letters = kind(self.folder, self.stem, token_hex(4))
                stack.callback(dead_letters.close)
                yield None, dead_letters, None
                return
            label = f"the journal {self.journal.resolve()}"
            stack.enter_context(alone(label, f"it holds the journal {self.journal}"))
            journal = self._journal(self.journal, digests)
            check(journal)
            dead_letters = DeadLetters(self.folder, self.stem, journal.run)
            stack.callback(dead_letters.close)
            journal.before_sync = dead_letters.sync
            journal.open()
            stack.callback(journal.close)
            try:
                yield journal, dead_letters, None
            finally:
                if journal.is_new and not dead_letters.paths:
                    journal.remove()  # nothing has begun

    @contextmanager
    def _opened_pipe(self, digests: Mapping[str, str]) -> Iterator[Opened]:
        """Open the files of a run that reads a pipe: what is read is copied, with a journal of its own."""
        with ExitStack() as stack:
            copy = stack.enter_context(own_copy(self.folder, self.stem))
            journal = JournalFile(
                copy.path.with_name(f"{copy.path.name}.{self.stem}.journal"), digests
            )
            dead_letters = DeadLetters(self.folder, self.stem, journal.run)
            stack.callback(dead_letters.close)
            journal.before_sync = dead_letters.sync
            stack.callback(lambda: None if copy.path.exists() else journal.remove())
            journal.open()
            stack.callback(journal.close)
            try:
                yield journal, dead_letters, copy
            finally:
                if journal.is_new:
                    copy.remove()

    def _journal(self, path: Path, digests: Mapping[str, str]) -> JournalFile:
        if path.exists() and not self.options.restart:
            journal = JournalFile.read(path)
            if journal.place and not self.options.is_followed:
                raise SettingsError(
                    f"an earlier run has followed this input, and the journal {path} knows how far: give "
                    "follow=True to go on, or restart=True, which sends everything"
                )
            if journal.ended_at is None:
                _compare(journal.digests, digests, self.options)
            elif self.options.resume:
                raise SettingsError(
                    f"there is nothing to resume: the last run finished at {journal.ended_at}"
                )
            journal.adopt(digests)
            return journal
        if self.options.resume:
            raise SettingsError(f"there is nothing to resume: there is no journal {path}")
        return JournalFile(path, digests)


def _named(source: str) -> Path:
    """Return the path that names the files of a run: that of the input, or the name of a database."""
    if is_url(source):
        return Path(PurePosixPath(urlsplit(source).path).name or "postgresql")
    return Path(source)


def is_pipe(source: str) -> bool:
    """Return whether an input can be read only once: standard input, a pipe, a device."""
    return source == STDIN or source.startswith(_PASSING) or not _is_on_disk(Path(source))


def made_folder(folder: str | os.PathLike[str] | None) -> str | None:
    """Return the path of a folder, which is made if it is missing; None for None.

    Raises:
        SettingsError: It cannot be made.
    """
    if folder is None:
        return None
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise SettingsError(
            f"the folder {os.fspath(folder)} cannot be made: {exc.strerror}"
        ) from None
    return os.fspath(folder)


def _compare(old: Mapping[str, str], new: Mapping[str, str], options: RunOptions) -> None:
    """Refuse to resume a run whose subscriptions have changed, unless that was asked for."""
    gone = [name for name in old if name not in new]
    if gone:
        raise SettingsError(
            f"an earlier run had a subscription {gone[0]!r}, and did not finish: put it back "
            "to resume, or start over with restart=True, which sends everything"
        )
    changed = [name for name, digest in new.items() if old.get(name) != digest]
    if changed and not options.resume:
        raise SettingsError(
            f"{changed[0]!r} has changed since an earlier run that did not finish (action, "
            "filter, mapping or connection): resume with resume=True if that is intended, or start over with "
            "restart=True, which sends everything"
        )


def _has_ended(path: Path) -> bool:
    with suppress(SettingsError):
        return JournalFile.read(path).ended_at is not None
    return False


def _is_on_disk(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:  # opening it says what is wrong
        return True
