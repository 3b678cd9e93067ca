"""A broken plugin fails alone, when it is used, and says who it is."""

import signal
import sys

import pytest

import portcall
from portcall import Host

LOADING = {
    "raises": ("raise RuntimeError('boom')", "RuntimeError: boom"),
    "exits": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "syntax": ("def broken(:", "SyntaxError"),
    "missing-dependency": ("import nothing_of_that_name", "ModuleNotFoundError"),
    "recursion": ("def f(): f()\nf()", "RecursionError"),
    "generator-exit": ("raise GeneratorExit", "GeneratorExit"),
    "own-base-exception": ("class E(BaseException): pass\nraise E('no')", "E: no"),
    "deletes-itself": ("import sys; del sys.modules[__name__]; raise KeyError(1)", "KeyError"),
    "text-fails": (
        "class E(Exception):\n    def __str__(self): raise OSError\nraise E",
        "E: (its text is not available: __str__ raised OSError)",
    ),
    "hook-exits": (("return Settings", "raise SystemExit(3)"), "SystemExit: 3"),
    "misspells": (("$", "@hookimpl\ndef extend_reqest(): pass"), "did you mean 'extend_request'"),
    "a-hook-of-elsewhere": (
        ("$", "@hookimpl\ndef testRequest(client): pass"),
        "'test_authentication'",
    ),
    "camel-case": (("$", "@hookimpl\ndef refreshAccessToken(): pass"), "'refresh_access_token'"),
    "unknown-hook": (("$", "@hookimpl\ndef zzz(): pass"), "unknown hook 'zzz'"),
    "unknown-argument": (("extend_request(settings)", "extend_request(nope)"), "nope"),
    "no-hosts": (("def allowed_hosts", "def _allowed_hosts"), "allowed_hosts"),
    "async-hook": (("def test_auth", "async def test_auth"), "async"),
    "tryfirst": (
        (
            "$",
            "import pluggy\n@pluggy.HookimplMarker('portcall')(tryfirst=True)\n"
            "def classify_response(): pass",
        ),
        "fixed order",
    ),
    "getattr-bomb": (
        "class P:\n    @property\n    def x(self): raise OSError('trap')\nplugin = P()",
        "",
    ),
    "unknown-scheme": (("$", "@hookimpl\ndef auth_scheme(): return 'bsic'"), "bsic"),
    "scheme-not-text": (("$", "@hookimpl\ndef auth_scheme(): return 7"), "auth_scheme"),
    "scheme-raises": (("$", "@hookimpl\ndef auth_scheme(): 1 / 0"), "division by zero"),
    "fields-not-a-class": (("return Settings", "return {'a': 1}"), "auth_fields"),
    "fields-not-attrs": (("return Settings", "return int"), "auth_fields"),
    "fields-odd-annotation": (("endpoint: str", "endpoint: set"), "endpoint"),
    "field-format-unknown": (('format="uri")', 'format="nope")'), "nope"),
}

TARGETS = {
    "no-module": "portcall_not_there",
    "no-attribute": "portcall_no_attribute:plugin",
    "not-a-name": "not a module!!",
    "a-class": "portcall_a_class:Settings",
    "empty-target": "",
}


@pytest.mark.parametrize("slug", LOADING)
def test_broken_on_load(slug, environment, good_works):
    source, said = LOADING[slug]
    target = "portcall_getattr_bomb:plugin" if slug == "getattr-bomb" else None
    environment.install(slug, source, target=target)
    host = Host()
    assert slug in host.destinations
    with pytest.raises((portcall.PluginError, ZeroDivisionError)) as caught:
        host.destination(slug)
    text = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", ())])
    assert said in text
    assert slug in text
    assert f"portcall-{slug} 1.2.3" in text
    good_works()


@pytest.mark.parametrize("slug", TARGETS)
def test_broken_entry_point(slug, environment, good_works):
    environment.install(slug, target=TARGETS[slug] or " ")
    with pytest.raises(portcall.PluginLoadError, match=f"portcall-{slug} 1.2.3"):
        Host().destination(slug)
    good_works()


ANSWERS = {
    "hosts-text": ('return ["{endpoint}"]', "return 'all'", "allowed_hosts"),
    "hosts-number": ('return ["{endpoint}"]', "return 5", "allowed_hosts"),
    "hosts-of-numbers": ('return ["{endpoint}"]', "return [5]", "allowed_hosts"),
    "hosts-none": ('return ["{endpoint}"]', "return None", "allowed_hosts"),
    "hosts-everything": ('return ["{endpoint}"]', "return ['*']", "'\\*'"),
    "hosts-endless": (
        'return ["{endpoint}"]',
        "return iter(lambda: 'a.example.com', None)",
        "allowed_hosts",
    ),
    "options-dict": ("return RequestOptions(base_url=settings.endpoint)", "return {}", "extend"),
    "options-text": ("return RequestOptions(base_url=settings.endpoint)", "return 'x'", "extend"),
    "identity-number": ('return client.get("/me").json()["name"]', "return 7", "test_auth"),
    "identity-generator": ('return client.get("/me").json()["name"]', "yield 7", "test_auth"),
}


@pytest.mark.parametrize("slug", ANSWERS)
def test_wrong_answer_of_a_hook(slug, environment, good_works, peer):
    old, new, said = ANSWERS[slug]
    environment.install(slug, (old, new))
    host = Host(allow_private=["127.0.0.1"])
    with pytest.raises(portcall.HookError, match=said) as caught:
        host.destination(slug).connect({"endpoint": peer.url}).test()
    assert f"portcall-{slug} 1.2.3" in str(caught.value)
    good_works()


def test_an_exception_of_a_hookimpl_keeps_its_type_and_gets_a_note(environment, peer):
    edit = ('return client.get("/me").json()["name"]', 'raise LookupError("no")')
    environment.install("rude", edit)
    host = Host(allow_private=["127.0.0.1"])
    with pytest.raises(LookupError, match="no") as caught:
        host.destination("rude").connect({"endpoint": peer.url}).test()
    assert caught.value.__notes__ == [
        "portcall: in test_authentication of plugin 'rude' (portcall-rude 1.2.3)"
    ]


@pytest.mark.parametrize(
    "raises",
    [
        "raise SystemExit('bye')",
        "import sys; sys.exit()",
        "import argparse; argparse.ArgumentParser(prog='x').exit(3)",
        "exit(4)",
        "raise GeneratorExit",
    ],
)
@pytest.mark.parametrize("hook", ["extend_request", "test_authentication"])
def test_a_hook_that_would_end_the_program_is_a_fault_of_its_plugin(
    raises, hook, environment, peer, good_works
):
    line = {
        "extend_request": "return RequestOptions(base_url=settings.endpoint)",
        "test_authentication": 'return client.get("/me").json()["name"]',
    }[hook]
    environment.install("rude", (line, raises))
    host = Host(allow_private=["127.0.0.1"])
    with pytest.raises(portcall.HookError, match="portcall-rude 1.2.3") as caught:
        host.destination("rude").connect({"endpoint": peer.url}).test()
    assert f"{hook} of plugin 'rude'" in str(caught.value)
    assert "tried to end the program" in str(caught.value)
    good_works()


def test_an_action_that_would_end_the_program_is_a_fault_of_its_plugin(environment, peer):
    environment.install(
        "rude",
        (
            "$",
            """
from portcall import action

@attrs.frozen
class Payload:
    name: str = field(label="Name", default="x")

@action(title="Leave")
def leave(client, payload: Payload): raise SystemExit(5)

@hookimpl
def actions(): return [leave]
""",
        ),
    )
    destination = Host(allow_private=["127.0.0.1"]).destination("rude")
    connection = destination.connect({"endpoint": peer.url})
    with pytest.raises(portcall.HookError, match="leave tried to end the program"):
        connection.perform(destination.actions["leave"], {})


def test_a_signal_handler_of_the_program_may_end_it_while_a_hook_runs(environment, peer):
    edit = (
        'return client.get("/me").json()["name"]',
        "import signal; signal.raise_signal(signal.SIGUSR1)",
    )
    environment.install("slow", edit)
    before = signal.signal(signal.SIGUSR1, lambda *_: sys.exit(7))
    try:
        with pytest.raises(SystemExit) as caught:
            Host(allow_private=["127.0.0.1"]).destination("slow").connect(
                {"endpoint": peer.url}
            ).test()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert caught.value.code == 7


def test_an_exception_without_a_text_is_told_in_one(environment, peer):
    edit = (
        'return client.get("/me").json()["name"]',
        "raise type('E', (Exception,), {'__str__': lambda _: 1 / 0})",
    )
    environment.install("mute", edit)
    with pytest.raises(Exception) as caught:  # noqa: PT011  # a type of the plugin's own
        Host(allow_private=["127.0.0.1"]).destination("mute").connect({"endpoint": peer.url}).test()
    assert type(caught.value).__name__ == "E"
    assert "test_authentication of plugin 'mute'" in caught.value.__notes__[0]


def test_an_exception_inside_another_hook_is_blamed_on_both(environment, peer):
    environment.install("rude", ("return RequestOptions(base_url=settings.endpoint)", "1 / 0"))
    host = Host(allow_private=["127.0.0.1"])
    with pytest.raises(ZeroDivisionError) as caught:
        host.destination("rude").connect({"endpoint": peer.url}).test()
    assert [note.split(" of ")[0] for note in caught.value.__notes__] == [
        "portcall: in extend_request",
        "portcall: in test_authentication",
    ]


def test_a_failed_import_is_tried_again_when_it_is_used_again(environment):
    environment.install("late", ("import attrs", "import attrs, portcall_late_dependency"))
    host = Host()
    with pytest.raises(portcall.PluginLoadError):
        host.destination("late")
    (environment.folder / "portcall_late_dependency.py").write_text("")
    host.refresh()
    assert host.destination("late").fields[0].name == "endpoint"
