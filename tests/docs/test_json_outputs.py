from .json_outputs import AGAIN, PAGE, page


def test_the_page_about_outputs_is_what_the_schemas_say():
    assert PAGE.read_text(encoding="utf-8") == page(), f"make it again: {AGAIN}"
