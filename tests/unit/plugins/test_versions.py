"""Versions compare as PEP 440 says: held against the implementation that pip uses."""

import pytest
from hypothesis import given, settings, strategies as st
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from portcall.plugins.versions import admits, lower_bounds, order

RELEASES = ["0", "1", "1.0", "1.0.0", "1.2", "1.10", "2.0.1", "0.1"]
VERSIONS = st.tuples(
    st.sampled_from(["", "", "1!"]),
    st.sampled_from(RELEASES),
    st.sampled_from(["", "a1", "b2", "rc1", ".rc", "-alpha3", "c1"]),
    st.sampled_from(["", ".post1", "-1", ".post"]),
    st.sampled_from(["", ".dev0", ".dev3"]),
    st.sampled_from(["", "+x", "+1.a"]),
).map("".join)
CLAUSES = st.one_of(
    st.tuples(st.sampled_from(["==", "!="]), VERSIONS).map("".join),
    st.tuples(st.sampled_from(["==", "!="]), st.sampled_from(RELEASES), st.just(".*")).map("".join),
    st.tuples(
        st.sampled_from(["<=", ">=", "<", ">", "~="]), VERSIONS.map(lambda v: v.partition("+")[0])
    ).map("".join),
)


@settings(max_examples=300, deadline=None)
@given(VERSIONS, VERSIONS)
def test_versions_sort_as_in_packaging(one, other):
    assert (order(one) < order(other)) is (Version(one) < Version(other))
    assert (order(one) == order(other)) is (Version(one) == Version(other))


@settings(max_examples=600, deadline=None)
@given(st.lists(CLAUSES, min_size=1, max_size=2).map(",".join), VERSIONS)
def test_specifiers_admit_what_they_do_in_packaging(specifier, version):
    try:
        expected = SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidSpecifier:
        return
    assert admits(specifier, version) is expected


@pytest.mark.parametrize(
    ("specifier", "version"),
    [("", "1.0"), (">=x", "1.0"), ("nonsense", "1.0"), (">=2", "unknown"), ("~=,", "1.0")],
)
def test_what_cannot_be_read_excludes_nothing(specifier, version):
    assert admits(specifier, version)


def test_what_is_no_version_sorts_first():
    assert min(["1.0", "unknown version", "0.1.dev0"], key=order) == "unknown version"


def test_lower_bounds_leave_upper_ones_out():
    assert lower_bounds(">=0.1, <0.2,!=0.1.5") == ">=0.1"
