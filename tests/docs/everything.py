"""Make everything in this repository that is made of something else in it.

uv run python -m tests.docs.everything
"""

from . import (
    catalogue,
    catalogue_page,
    destination_pages,
    json_outputs,
    reference,
    requirements,
    scheme_tables,
    workspace,
)


def main():
    """Write every file that is made."""
    workspace.main()
    requirements.FILE.write_text(requirements.expected(), encoding="utf-8")
    catalogue.FILE.write_text(catalogue.text(), encoding="utf-8")
    destination_pages.main()
    catalogue_page.FILE.write_text(catalogue_page.text(destination_pages.described), "utf-8")
    json_outputs.main()
    scheme_tables.main()
    reference.main()


if __name__ == "__main__":
    main()
