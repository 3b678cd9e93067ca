"""When credentials are renewed, on a clock that the test holds."""

import json
import sys
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from portcall import (
    Auth,
    AuthenticationError,
    ClientRefusedError,
    DeadlineError,
    PolicyError,
    ReauthorizationError,
    RefreshError,
    RequestError,
    Response,
    ResponseError,
    SettingsError,
    SignInNotFoundError,
    ThrottledError,
)
from portcall.credentials.clock import Clock
from portcall.credentials.refresh_backoff import RefreshBackoff
from portcall.credentials.refresher import Refresher
from portcall.credentials.single_flight import Flight
from portcall.credentials.storage import Holding, InMemoryCredentials

START = datetime(2026, 1, 1, tzinfo=UTC)


class Time:
    """A wall clock and a monotonic one, moved by hand."""

    def __init__(self):
        self.wall, self.ticks, self.slept = START, 1000.0, []
        self.clock = Clock(now=lambda: self.wall, monotonic=lambda: self.ticks, sleep=self.sleep)

    def pass_(self, seconds):
        self.wall += timedelta(seconds=seconds)
        self.ticks += seconds

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.pass_(seconds)


class Issuer:
    """Gives numbered tokens, or raises what it is told to."""

    def __init__(self, time, life_s=3600.0):
        self.time, self.life_s, self.calls, self.failures = time, life_s, 0, []

    def first(self):
        return self.token(0)

    def token(self, number):
        return Auth(
            access_token=f"a{number}",
            refresh_token=f"r{number}",
            issued_at=self.time.wall,
            expires_at=self.time.wall + timedelta(seconds=self.life_s),
        )

    def __call__(self, auth):
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return self.token(self.calls)


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def issuer(time):
    return Issuer(time)


@pytest.fixture
def storage(issuer):
    return InMemoryCredentials(issuer.first())


@pytest.fixture
def refresher(storage, time):
    return Refresher(storage, time.clock)


def refuse(refresher, issuer, timeout_s=30.0):
    """What a connection does when the current credentials are refused."""
    return refresher.renew(refresher.auth, lambda: None, issuer, timeout_s)


def waits_for_a_flight(thread):
    frame = sys._current_frames().get(thread.ident)
    while frame is not None and frame.f_code is not Flight.wait.__code__:
        frame = frame.f_back
    return frame is not None


def until(is_so, within_s=10.0):
    ends = monotonic() + within_s
    while not is_so():
        assert monotonic() < ends
        sleep(0.001)


def accepted(refresher):
    refresher.accept(refresher.auth)


def test_a_token_is_left_alone_until_its_last_quarter_of_an_hour(refresher, issuer, time):
    time.pass_(3600 - 901)
    assert refresher.current(issuer, 30) is refresher.auth
    assert issuer.calls == 0
    time.pass_(2)
    assert refresher.current(issuer, 30).access_token == "a1"
    assert issuer.calls == 1


def test_a_short_token_is_renewed_in_its_second_half(time):
    issuer = Issuer(time, life_s=60)
    refresher = Refresher(InMemoryCredentials(issuer.first()), time.clock)
    time.pass_(29)
    refresher.current(issuer, 30)
    assert issuer.calls == 0
    time.pass_(2)
    refresher.current(issuer, 30)
    assert issuer.calls == 1


def test_one_caller_renews_early_and_the_others_go_on_with_the_current_token(
    refresher, issuer, time
):
    time.pass_(3600 - 600)
    inside, go_on = Event(), Event()

    def slow(auth):
        inside.set()
        assert go_on.wait(10)
        return issuer(auth)

    thread = Thread(target=refresher.current, args=(slow, 30))
    thread.start()
    assert inside.wait(10)
    assert refresher.current(issuer, 30).access_token == "a0"
    go_on.set()
    thread.join()
    assert refresher.current(issuer, 30).access_token == "a1"
    assert issuer.calls == 1


def test_near_the_end_everyone_waits_as_long_as_the_request_may_take(refresher, issuer, time):
    time.pass_(3600)
    inside, go_on = Event(), Event()

    def slow(auth):
        inside.set()
        assert go_on.wait(10)
        return issuer(auth)

    thread = Thread(target=refresher.current, args=(slow, 30))
    thread.start()
    assert inside.wait(10)
    with pytest.raises(DeadlineError):
        refresher.current(issuer, 0.01)
    go_on.set()
    thread.join()
    assert refresher.auth.access_token == "a1"


def test_all_who_waited_for_a_token_that_took_longer_than_it_lives_use_that_one(time):
    issuer = Issuer(time, life_s=3)
    refresher = Refresher(InMemoryCredentials(issuer.first()), time.clock)
    time.pass_(3)
    used = []

    def slow(auth):
        until(lambda: all(map(waits_for_a_flight, threads)))
        time.pass_(15)
        return issuer(auth)

    def ask():
        used.append(refresher.current(slow, 60).access_token)

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert used == ["a1"] * 8
    assert issuer.calls == 1


def test_a_token_that_took_longer_than_it_lives_is_used_for_half_of_its_life(time):
    issuer = Issuer(time, life_s=100)
    refresher = Refresher(InMemoryCredentials(issuer.first()), time.clock)
    time.pass_(100)

    def slow(auth):
        time.pass_(150)
        return issuer(auth)

    assert refresher.current(slow, 300).access_token == "a1"
    time.pass_(39)  # renewing ahead of the end fails: the token in use is not over yet
    issuer.failures = [RefreshError("down")] * 2
    assert refresher.current(issuer, 30).access_token == "a1"


def test_an_early_refresh_that_fails_leaves_the_current_token_in_use(refresher, issuer, time):
    time.pass_(3600 - 600)
    issuer.failures = [RefreshError("busy"), RefreshError("busy")]
    assert refresher.current(issuer, 30).access_token == "a0"
    assert refresher.current(issuer, 30).access_token == "a0"
    assert issuer.calls == 2


def test_a_token_that_is_over_and_cannot_be_renewed_is_an_error(refresher, issuer, time):
    time.pass_(3600)
    issuer.failures = [RefreshError("busy"), RefreshError("busy")]
    with pytest.raises(RefreshError):
        refresher.current(issuer, 30)


def test_a_wall_clock_that_jumps_a_day_costs_no_refresh(refresher, issuer, time):
    time.wall += timedelta(days=1)
    refresher.current(issuer, 30)
    time.wall -= timedelta(days=2)
    refresher.current(issuer, 30)
    assert issuer.calls == 0


def test_a_second_try_waits_for_what_the_token_endpoint_asks(refresher, issuer, time):
    response = Response(status=429)
    issuer.failures = [ThrottledError("slow", response, START + timedelta(seconds=7))]
    assert refuse(refresher, issuer).access_token == "a2"
    assert time.slept == [7.0]


def test_no_second_try_beyond_the_time_of_the_request(refresher, issuer, time):
    response = Response(status=429)
    issuer.failures = [ThrottledError("slow", response, START + timedelta(seconds=31))]
    with pytest.raises(RefreshError) as caught:
        refuse(refresher, issuer)
    assert caught.value.retry_at == START + timedelta(seconds=31)
    assert (issuer.calls, time.slept) == (1, [])


def test_waits_grow_from_a_second_to_five_minutes(refresher, issuer, time):
    waits = []
    for _ in range(12):
        issuer.failures = [RefreshError("busy"), RefreshError("busy")]
        with pytest.raises(RefreshError):
            refuse(refresher, issuer)
        calls = issuer.calls
        with pytest.raises(RefreshError, match="no refresh before") as caught:
            refuse(refresher, issuer)
        assert issuer.calls == calls
        waits.append((caught.value.retry_at - time.wall).total_seconds())
        time.pass_(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert refuse(refresher, issuer).access_token.reveal().startswith("a")


def test_a_grant_that_is_gone_is_never_asked_for_again(refresher, issuer, time):
    issuer.failures = [ReauthorizationError("invalid_grant")]
    for _ in range(3):
        with pytest.raises(ReauthorizationError):
            refuse(refresher, issuer)
        time.pass_(86_400)
    assert issuer.calls == 1


def test_a_fresh_token_that_was_never_accepted_earns_no_refresh(refresher, issuer):
    accepted(refresher)
    refuse(refresher, issuer)
    with pytest.raises(AuthenticationError, match="just given"):
        refuse(refresher, issuer)
    accepted(refresher)
    assert refuse(refresher, issuer).access_token == "a2"


def test_a_fresh_token_that_is_refused_earns_another_after_five_minutes(refresher, issuer, time):
    refuse(refresher, issuer)
    with pytest.raises(AuthenticationError, match="before 2026-01-01T00:05:00Z"):
        refuse(refresher, issuer)
    time.pass_(301)
    assert refuse(refresher, issuer).access_token == "a2"


def test_a_client_that_is_refused_is_told_as_such_until_it_is_asked_again(refresher, issuer, time):
    issuer.failures = [AuthenticationError("invalid_client")] * 2
    for _ in range(3):
        with pytest.raises(AuthenticationError, match="invalid_client") as caught:
            refuse(refresher, issuer)
        assert not isinstance(caught.value, RefreshError)
    assert issuer.calls == 1
    time.pass_(2)
    with pytest.raises(AuthenticationError):
        refuse(refresher, issuer)
    assert issuer.calls == 2
    time.pass_(5)
    assert refuse(refresher, issuer).access_token == "a3"


def test_a_storm_of_refusals_is_stopped_for_a_minute(refresher, issuer, time):
    for _ in range(10):
        refuse(refresher, issuer)
        accepted(refresher)
        time.pass_(1)
    with pytest.raises(RefreshError, match="within a minute"):
        refuse(refresher, issuer)
    assert issuer.calls == 10
    time.pass_(61)
    assert refuse(refresher, issuer).access_token == "a11"


def test_tokens_that_end_by_themselves_are_no_storm(time):
    issuer = Issuer(time, life_s=2)
    refresher = Refresher(InMemoryCredentials(issuer.first()), time.clock)
    for _ in range(30):
        time.pass_(2)
        refresher.current(issuer, 30)
        accepted(refresher)
    assert issuer.calls == 30


@pytest.mark.parametrize("tries", [1, 3, 200])
def test_refreshes_that_were_cut_off_are_no_evidence_against_the_grant(
    storage, issuer, time, tries
):
    storage.keep(Holding(issuer.first(), RefreshBackoff(open_tries=tries)))
    assert refuse(Refresher(storage, time.clock), issuer).access_token == "a1"
    assert (issuer.calls, storage.read().backoff.open_tries) == (1, 0)


def test_refreshes_that_were_cut_off_are_no_storm(storage, issuer, time):
    def killed(auth):
        raise SystemExit

    for _ in range(50):
        with pytest.raises(SystemExit):
            refuse(Refresher(storage, time.clock), killed)
    assert storage.read().backoff.open_tries == 50
    assert refuse(Refresher(storage, time.clock), issuer).access_token == "a1"


def test_credentials_that_someone_else_stored_are_taken_without_a_call(storage, refresher, issuer):
    storage.keep(Holding(issuer.token(99)))
    assert refuse(refresher, issuer).access_token == "a99"
    assert issuer.calls == 0


def test_an_error_of_the_plugin_keeps_its_type_and_closes_the_intent(storage, refresher, issuer):
    issuer.failures = [KeyError("access_token")]
    with pytest.raises(KeyError):
        refuse(refresher, issuer)
    assert storage.read().backoff.open_tries == 0
    assert storage.read().backoff.failures == 1


def test_a_new_authorization_forgets_what_failed(refresher, issuer):
    issuer.failures = [ReauthorizationError("gone")]
    with pytest.raises(ReauthorizationError):
        refuse(refresher, issuer)
    refresher.replace(issuer.token(50))
    assert refuse(refresher, issuer).access_token == "a2"


def test_a_backoff_survives_storage():
    backoff = RefreshBackoff(
        unproven=True,
        renewed_at=START,
        open_tries=1,
        failures=2,
        retry_at=START,
        reason="x",
        refusal="refused",
        dead=True,
        fields=("password",),
        earned=(START, START),
    )
    kept = json.loads(json.dumps(backoff.to_json()))
    assert RefreshBackoff.from_json(kept) == backoff
    assert RefreshBackoff().to_json() == {}
    assert RefreshBackoff.from_json({"later": 1}) == RefreshBackoff()


def test_credentials_that_cannot_be_stored_are_used_and_stored_with_the_next(issuer, time, caplog):
    stored, full = [], [True]

    def save(auth):
        if full[0]:
            raise OSError(f"no space left on device for {auth.refresh_token.reveal()}-secret")
        stored.append(auth.refresh_token.reveal())

    issuer.token = lambda number: Auth(access_token="a" * 9, refresh_token=f"refresh-{number}")
    refresher = Refresher(InMemoryCredentials(issuer.first(), save), time.clock)
    assert refuse(refresher, issuer).refresh_token == "refresh-1"
    accepted(refresher)
    full[0] = False
    assert [r.levelname for r in caplog.records] == ["WARNING"]
    assert "no space left" in caplog.text
    assert "refresh-1" not in caplog.text
    assert refuse(refresher, issuer).refresh_token == "refresh-2"
    assert stored == ["refresh-1", "refresh-2"]


def test_credentials_that_could_not_be_stored_are_stored_with_a_later_answer(issuer, time):
    stored, full = [], [True]

    def save(auth):
        if full[0]:
            raise OSError
        stored.append(auth.refresh_token.reveal())

    refresher = Refresher(InMemoryCredentials(issuer.first(), save), time.clock)
    refuse(refresher, issuer)
    accepted(refresher)
    full[0] = False
    accepted(refresher)
    assert stored == []  # not with every answer
    time.pass_(2)
    accepted(refresher)
    assert stored == ["r1"]


def test_credentials_that_could_not_be_stored_never_replace_a_new_authorization(issuer, time):
    class Full(InMemoryCredentials):
        full = True

        def keep(self, holding):
            if self.full and holding.auth.refresh_token == "r1":
                raise OSError
            super().keep(holding)

    storage = Full(issuer.first())
    refresher = Refresher(storage, time.clock)
    refuse(refresher, issuer)
    storage.full = False
    storage.keep(Holding(issuer.token(50)))
    assert refuse(refresher, issuer).refresh_token == "r50"
    assert issuer.calls == 1


def test_a_refused_grant_is_no_news_if_someone_stored_a_newer_one_meanwhile(
    storage, refresher, issuer
):
    def refresh(auth):
        storage.keep(Holding(issuer.token(7)))
        raise ReauthorizationError("invalid_grant")

    assert refresher.renew(refresher.auth, lambda: None, refresh, 30).refresh_token == "r7"
    assert not storage.read().backoff.dead


class Slow:
    """Asks the issuer when it is told to."""

    def __init__(self, issuer):
        self.issuer, self.inside, self.go_on = issuer, Event(), Event()

    def __call__(self, auth):
        self.inside.set()
        assert self.go_on.wait(10)
        return self.issuer(auth)


def test_the_caller_that_refreshes_leaves_in_time_and_the_late_answer_is_used(
    storage, refresher, issuer
):
    slow = Slow(issuer)
    with pytest.raises(DeadlineError, match="goes on"):
        refuse(refresher, slow, timeout_s=0.01)
    with pytest.raises(DeadlineError):  # so does another one, and makes no call of its own
        refuse(refresher, slow, timeout_s=0.01)
    slow.go_on.set()
    assert refuse(refresher, slow).access_token == "a1"
    assert issuer.calls == 1
    assert storage.read().auth.access_token == "a1"


def test_the_caller_that_answers_a_challenge_leaves_in_time_too(refresher, issuer):
    slow = Slow(issuer)
    old = refresher.auth
    with pytest.raises(DeadlineError):
        refresher.renew(old, lambda: slow(old), issuer, 0.01)
    slow.go_on.set()
    assert refresher.renew(old, lambda: None, issuer, 10).access_token == "a1"
    assert issuer.calls == 1


def test_a_refresh_ahead_of_time_holds_up_its_request_for_a_part_of_its_time(
    refresher, issuer, time
):
    time.pass_(3600 - 600)
    slow = Slow(issuer)
    assert refresher.current(slow, 0.02).access_token == "a0"
    slow.go_on.set()
    assert refuse(refresher, slow).access_token == "a1"
    assert issuer.calls == 1


def test_what_a_refresh_raises_after_its_caller_left_is_remembered(refresher, issuer):
    slow = Slow(issuer)
    issuer.failures = [ReauthorizationError("invalid_grant")]
    with pytest.raises(DeadlineError):
        refuse(refresher, slow, timeout_s=0.01)
    slow.go_on.set()
    with pytest.raises(ReauthorizationError, match="invalid_grant"):
        refuse(refresher, slow)
    assert issuer.calls == 1


def test_an_answer_is_never_lost_to_a_note_that_fails(issuer, time, caplog):
    class Broken(InMemoryCredentials):
        broken = False

        def amend(self, change):
            if self.broken:
                raise OSError("read-only file system")
            super().amend(change)

    storage = Broken(issuer.first())
    refresher = Refresher(storage, time.clock)
    refuse(refresher, issuer)
    storage.broken = True
    for _ in range(3):
        accepted(refresher)
        time.pass_(10)
    levels = [record.levelname for record in caplog.records]
    assert levels == ["WARNING"]  # told once
    assert storage.read().backoff.unproven
    storage.broken = False
    # What this process saw counts for it, stored or not.
    assert refuse(refresher, issuer).access_token == "a2"


def test_a_note_that_hangs_holds_up_its_request_for_a_quarter_of_a_second(issuer, time):
    released = Event()

    class Hanging(InMemoryCredentials):
        def amend(self, change):
            assert released.wait(10)
            super().amend(change)

    storage = Hanging(issuer.first())
    refresher = Refresher(storage, time.clock)
    refuse(refresher, issuer)
    started = monotonic()
    accepted(refresher)
    accepted(refresher)
    assert monotonic() - started < 2
    released.set()
    assert refuse(refresher, issuer).access_token == "a2"
    assert storage.read().backoff.unproven


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b'{"error": "invalid_grant"}', ReauthorizationError),
        (401, b'{"error": "invalid_client"}', ClientRefusedError),
        (400, b"", AuthenticationError),
        (403, b"<html>", AuthenticationError),
        (404, b"", SignInNotFoundError),
        (405, b"", SignInNotFoundError),
        (408, b"", RefreshError),
        (422, b'{"error": {"a": 1}}', AuthenticationError),
    ],
)
def test_a_refusal_that_a_hook_lets_through_is_a_refusal_of_the_credentials(
    refresher, issuer, status, body, kind
):
    answer = Response(status=status, body=body)
    issuer.failures = [ResponseError("POST /token", answer)] * 2
    with pytest.raises(AuthenticationError, match="POST /token") as caught:
        refuse(refresher, issuer)
    assert type(caught.value) is kind


@pytest.mark.parametrize("kind", [PolicyError, SettingsError, RequestError])
def test_a_refresh_that_cannot_be_sent_is_no_verdict_on_the_event_that_waits_for_it(
    refresher, issuer, kind
):
    issuer.failures = [kind("the token URL is not declared")]
    with pytest.raises(AuthenticationError, match="not declared"):
        refuse(refresher, issuer)
