"""Hashes of personal data are those that the platforms publish as examples."""

from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from portcall import Secret, hash_personal, hashed, path
from portcall.actions.mapping.compiler import compile_mapping
from portcall.actions.mapping.validate import validate_mapping


def of(text):
    return sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("value", "kind", "hashed_value"),
    [
        # https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters
        (
            "John_Smith@gmail.com",
            "email",
            "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
        ),
        (
            "1 (650)555-1212",
            "phone",
            "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176",
        ),
        ("Mary", "name", "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
        ("정", "name", "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14"),
        ("Valéry", "name", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
    ],
)
def test_the_examples_of_the_vendor(value, kind, hashed_value):
    assert hash_personal(value, kind) == hashed_value


@pytest.mark.parametrize(
    ("value", "kind", "normal"),
    [
        (" Ada.L+news@GoogleMail.com ", "google_email", "adal+news@googlemail.com"),
        ("Ada.L@example.com", "google_email", "ada.l@example.com"),
        ("ada.l@gmail.com", "email", "ada.l@gmail.com"),
        ("+44 20 7946 0958", "e164_phone", "+442079460958"),
        ("0044 20 7946 0958", "e164_phone", "+442079460958"),
        (16505551212, "e164_phone", "+16505551212"),
        ("٤٤٢٠٧٩٤٦", "phone", "44207946"),
        ("O'Neil-Jr.", "name", "oneiljr"),
        ("Vale\u0301ry", "name", "valéry"),
        ("São Paulo!", "place", "sãopaulo"),
        ("94025-1234", "postcode", "94025"),
        ("M1 1AE", "postcode", "m11ae"),
        (" US ", "text", "us"),
        (date(1997, 2, 16), "date", "19970216"),
        ("1997-02-16", "date", "19970216"),
        (datetime(1997, 2, 16, 23, tzinfo=UTC), "date", "19970216"),
        ("Female", "gender", "f"),
        (" Id-7 ", "exact", " Id-7 "),
        (Secret("Ada@example.com"), "email", "ada@example.com"),
    ],
)
def test_values_are_normalised_before_they_are_hashed(value, kind, normal):
    assert hash_personal(value, kind) == of(normal)


@pytest.mark.parametrize(
    ("value", "kind"),
    [("", "email"), ("  ", "email"), ("n/a", "phone"), ("000", "phone"), (None, "text"),
     (True, "text"), ("x", "gender"), ("1997", "date"), ("...", "name"), ({}, "exact"), (1.5, "text")],
)  # fmt: skip
def test_what_leaves_nothing_to_compare_has_no_hash(value, kind):
    assert hash_personal(value, kind) is None


def test_a_hash_stays_as_it_is_in_lower_case():
    assert hash_personal(f" {of('x').upper()} ", "email") == of("x")


def test_an_unknown_kind_names_those_there_are():
    with pytest.raises(ValueError, match="no kind of personal data 'mail'; there are email,"):
        hash_personal("x", "mail")


def test_a_mapping_hashes_a_value_and_each_item_of_a_list():
    mapping = compile_mapping(
        {"em": hashed(path("$.emails"), "email"), "ph": hashed(path("$.phone"), "phone")}
    )
    made = mapping({"emails": ["A@x.example", "", "b@x.example"], "phone": "n/a"})
    assert made == {"em": [of("a@x.example"), of("b@x.example")]}
    assert mapping({}) == {}


def test_a_mapping_with_an_unknown_kind_is_refused():
    [problem] = validate_mapping({"em": {"@hash": {"value": "x", "as": "mail"}}})
    assert problem.path == "/em/@hash/as"
