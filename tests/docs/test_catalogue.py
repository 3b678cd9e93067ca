"""The catalogue that is shipped names the distributions of this project, and no other."""

from . import catalogue_page
from .catalogue import FILE, text
from .destination_pages import described


def test_the_catalogue_is_what_the_distributions_say():
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m tests.docs.catalogue"


def test_the_table_of_destinations_is_what_their_packages_say(monkeypatch, tmp_path):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path))
    written = catalogue_page.FILE.read_text(encoding="utf-8")
    assert written == catalogue_page.text(described), "run: python -m tests.docs.everything"
