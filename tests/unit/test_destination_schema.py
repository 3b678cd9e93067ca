"""The published schema of destination files takes what the compiler takes."""

import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from portcall.declarative.schema import destination_schema

PAGE = Path(__file__).parents[2] / "docs" / "destination-files.md"


@pytest.fixture(scope="module")
def validator():
    return Draft202012Validator(destination_schema(["oauth2"]))


@pytest.fixture
def example():
    return tomllib.loads(PAGE.read_text().partition("```toml\n")[2].partition("```")[0])


def test_the_example_of_the_page_is_valid(validator, example):
    assert list(validator.iter_errors(example)) == []


def test_a_word_that_no_table_has_is_refused(validator, example):
    example["actions"]["record"]["subscibe"] = "x"
    assert [list(error.path) for error in validator.iter_errors(example)] == [["actions", "record"]]


def test_the_table_of_an_installed_scheme_is_taken(validator, example):
    example["oauth2"] = {"token_url": "https://example.com/token"}
    assert list(validator.iter_errors(example)) == []
