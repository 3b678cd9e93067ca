"""A folder to write pipelines in, and a destination to plan them for."""

import json
import runpy
from pathlib import Path

import pytest

from portcall import Host, SettingsError
from portcall.runs.pipelines.pipeline import Pipeline
from portcall.runs.pipelines.planning import plan

ACME = runpy.run_path(str(Path(__file__).parent / "acme.py"))


@pytest.fixture
def destination():
    """Return the destination of acme.py."""
    with Host(plugins={"acme": ACME["PLUGIN"]}) as host:
        yield host.destination("acme")


@pytest.fixture
def write(tmp_path):
    """Write a file; what is no text becomes JSON."""

    def writer(name, content):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return path

    return writer


@pytest.fixture
def problems(write):
    """Return what is wrong with a pipeline, by place."""

    def reader(content, name="shop.toml"):
        with pytest.raises(SettingsError) as caught:
            Pipeline.read(write(name, content))
        return {each.path: each.message for each in caught.value.problems}

    return reader


@pytest.fixture
def planned(write, destination):
    """Read a pipeline and plan it."""
    return lambda content, name="shop.toml": plan(Pipeline.read(write(name, content)), destination)


@pytest.fixture
def plan_problems(planned):
    """Return all that is wrong with a plan: pairs of place and message."""

    def planner(content, name="shop.toml"):
        with pytest.raises(SettingsError) as caught:
            planned(content, name)
        return [(each.path, each.message) for each in caught.value.problems]

    return planner
