"""Plugins of another time: made for a newer portcall, or upgraded under a program that runs."""

import pytest

import portcall
from portcall import Host

NEWER = [
    "portcall>=99",
    "portcall (>=99,<100)",
    "portcall[cli] >= 0.1, >= 99 ; python_version >= '3.8'",
    "Portcall~=99.0",
    "portcall===99.0",
    "portcall>0.1.0",
    "portcall!=0.1.*",
    'portcall>=99; (os_name != "none" and sys_platform != "none") or extra == "x"',
]
FINE = [
    "portcall",
    "portcall>=0.1,<0.2",
    "portcall (>=0.1)",
    "portcall~=0.1.0",
    "portcall==0.1.*",
    "portcall>=99; extra == 'next'",
    "portcall>=99; python_version < '3'",
    "portcall>=99; python_version not in '2.7, 3.11, 3.12, 3.13, 3.14'",
    "portcall-digest>=99",
    "portcall_session>=99",
    "portcall @ https://example.com/portcall.zip",
    "portcall nonsense",
    "portcall>=99; nonsense",
    "portcall>=99; python_version >= '3' ) (",
    "portcall ==",
]


@pytest.mark.parametrize("requirement", NEWER)
def test_a_plugin_that_needs_a_newer_portcall_is_refused_by_name(
    requirement, environment, good_works
):
    environment.install("eager", requires=["attrs", requirement])
    with pytest.raises(portcall.PluginLoadError, match="portcall-eager 1.2.3") as caught:
        Host().destination("eager")
    assert "'eager'" in str(caught.value)
    assert f"this is portcall {portcall.__version__}" in str(caught.value)
    assert "pip install --upgrade" in str(caught.value)
    good_works()


@pytest.mark.parametrize("requirement", FINE)
def test_a_plugin_that_fits_or_whose_requirement_says_nothing_is_loaded(requirement, environment):
    environment.install("content", requires=[requirement])
    assert Host().destination("content").fields


def test_the_advice_names_what_to_upgrade(environment):
    environment.install("eager", requires=["portcall>=99"])
    environment.install("settled", requires=["portcall<0.1"])
    with pytest.raises(portcall.PluginLoadError, match="--upgrade portcall$"):
        Host().destination("eager")
    with pytest.raises(portcall.PluginLoadError, match="--upgrade portcall-settled$"):
        Host().destination("settled")


def test_a_refused_plugin_is_not_imported(environment):
    environment.install("eager", "raise RuntimeError('imported')", requires=["portcall>=99"])
    with pytest.raises(portcall.PluginLoadError, match="needs portcall >=99"):
        Host().destination("eager")


def test_after_an_upgrade_errors_name_the_version_that_runs(environment, peer, caplog):
    edit = ('return client.get("/me").json()["name"]', 'raise LookupError("no")')
    environment.install("moved", edit, version="1.0")
    assert Host().destination("moved").info.version == "1.0"
    environment.remove("moved", "1.0")
    environment.install("moved", edit, version="1.1")
    host = Host(allow_private=["127.0.0.1"])
    destination = host.destination("moved")
    assert destination.info.version == "1.0"
    assert host.destinations["moved"].installed_version == "1.1"
    assert "portcall-moved 1.0, and 1.1 was installed since: restart" in caplog.text
    with pytest.raises(LookupError) as caught:
        destination.connect({"endpoint": peer.url}).test()
    assert "portcall-moved 1.0, and 1.1 was installed since" in caught.value.__notes__[0]


def test_a_module_that_the_program_imported_itself_counts_as_what_was_there_then(environment):
    environment.install("moved", version="1.0")
    import portcall_moved

    assert portcall_moved
    Host()
    environment.remove("moved", "1.0")
    environment.install("moved", version="1.1")
    assert Host().destination("moved").info.version == "1.0"


def test_an_upgrade_before_the_first_use_is_what_runs(environment):
    environment.install("moved", version="1.0")
    host = Host()
    environment.remove("moved", "1.0")
    environment.install("moved", version="1.1")
    assert host.destination("moved").info.version == "1.1"


def test_a_plugin_that_was_removed_before_its_first_use_is_unknown(environment):
    environment.install("moved")
    host = Host()
    environment.remove("moved")
    with pytest.raises(portcall.UnknownPluginError):
        host.destination("moved")
