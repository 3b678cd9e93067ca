"""The catalogue that is shipped names the distributions of this project, and no other."""

from .catalogue import FILE, text


def test_the_catalogue_is_what_the_distributions_say():
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m tests.docs.catalogue"
