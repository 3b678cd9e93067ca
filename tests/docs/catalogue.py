"""Write ``plugins/catalogue.json`` of core from the distributions of this project.

After a change of a slug or a summary: ``python -m tests.docs.catalogue``.
"""

import json
import tomllib

from .pages import ROOT

FILE = ROOT / "core" / "src" / "portcall" / "plugins" / "catalogue.json"


def catalogue():
    """Return an entry for each entry point of each distribution, sorted."""
    found = []
    for path in [ROOT / "core" / "pyproject.toml", *ROOT.glob("[pc]*/portcall-*/pyproject.toml")]:
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        for group, offers in project.get("entry-points", {}).items():
            if group.startswith("portcall."):
                about = {"distribution": project["name"], "summary": project["description"]}
                kind = group.removeprefix("portcall.")
                found += [{"kind": kind, "slug": slug, **about} for slug in offers]
    return sorted(found, key=lambda entry: (entry["kind"], entry["slug"]))


def text():
    return json.dumps({"version": 1, "plugins": catalogue()}, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
