"""Name every distribution in the root's ``pyproject.toml``, and begin the READMEs that are missing.

    python -m tests.docs.workspace

writes both; it needs none of the distributions. Run it after a folder was added.
"""

import re
import tomllib

from .pages import ROOT
from .requirements import folders, members

FILE = ROOT / "pyproject.toml"
_DEPENDENCIES = re.compile(r"^dependencies = \[\n.*?^\]\n", re.MULTILINE | re.DOTALL)
_SOURCES = re.compile(r"^\[tool\.uv\.sources\]\n.*?(?=^\[)", re.MULTILINE | re.DOTALL)
BEGIN = "<!-- made by tests.docs.destination_pages -->"
END = "<!-- end -->"


def expected():
    """Return the text of the file, with the extras that it asks for."""
    names = sorted(folders())
    extras = members()
    dependencies = "".join(f'  "{name}{extras.get(name, "")}",\n' for name in names)
    sources = "".join(f"{name} = {{ workspace = true }}\n" for name in names)
    text = FILE.read_text(encoding="utf-8")
    text = _DEPENDENCIES.sub(f"dependencies = [\n{dependencies}]\n", text, count=1)
    return _SOURCES.sub(f"[tool.uv.sources]\n{sources}\n", text)


def main():
    """Write the file, and a README with nothing made in it yet where there is none."""
    FILE.write_text(expected(), encoding="utf-8")
    for folder in map(ROOT.joinpath, folders().values()):
        readme = folder / "README.md"
        if not readme.is_file():
            project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
            head = f"# {project['name']}\n\n{project['description'].rstrip('.')}.\n"
            readme.write_text(f"{head}\n{BEGIN}\n{END}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
