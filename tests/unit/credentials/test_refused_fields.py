"""The advice after a refusal names the settings that led there, and no others."""

import attrs
import pytest

from portcall import field
from portcall.credentials.refused_fields import leading_to
from portcall.fields import fields_of


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri", default="https://eu.example.com/api")
    region: str = field(label="Region", format="hostname-label", default="us")
    spare: str | None = field(label="Spare", format="uri", default=None)


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("https://EU.example.com/api/me", "endpoint"),
        ("https://us.example.net/me", "region"),
        ("https://elsewhere.example.org/", "endpoint, region"),
    ],
)
def test_the_setting_that_led_to_a_url_is_named(url, places):
    assert leading_to(fields_of(Settings), Settings(), url) == places


def test_no_setting_leads_to_fixed_hosts():
    assert leading_to((), object(), "https://eu.example.com/api/me") == ""
