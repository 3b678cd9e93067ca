"""Plugins whose distribution has one fault."""

from .planting import PLUGIN, Planted, plant

PROJECT = "pyproject.toml"
TOML = """\
    slug = "acme-eu"
    hosts = ["api.acme.example"]
    [fields.api_key]
    label = "API key"
    description = "Settings > Developers."
    type = "secret"
    [request]
    base_url = "https://api.acme.example"
    headers = { Authorization = "Bearer {{settings.api_key}}" }
    [identity]
    get = "/me"
    name = "$.name"
    [actions.post_message]
    title = "Post a message"
    description = "Post a message to a channel."
    subscribe = 'type = "track"'
    post = "/messages"
    [actions.post_message.fields.text]
    label = "Text"
    default = { "@path" = "$.properties.text" }
    """


def metadata(code, what, old, new):
    return plant(code, what, (old, new), file=PROJECT)


NEEDS = '"portcall>=0.1,<0.2"'
PLANTS = [
    metadata("PC201", "another name", 'name = "portcall-acme"', 'name = "acme-events"'),
    metadata("PC202", "a slug in capitals", 'acme = "portcall_acme"', 'ACME = "portcall_acme"'),
    Planted("PC203", "another slug in the file", {
        "src/portcall_acme/__init__.py": '"""Acme."""\n',
        "src/portcall_acme/destination.toml": TOML,
        "README.md": [("`*.acme.example`", "`api.acme.example`")],
        PROJECT: [(', "attrs>=24.3"', "")],
    }),
    metadata("PC204", "no upper bound", NEEDS, '"portcall>=0.1"'),
    metadata("PC204", "no portcall", f"{NEEDS}, ", ""),
    metadata("PC205", "bounds of another portcall", NEEDS, '"portcall>=0.7,<0.8"'),
    metadata("PC206", "no Python", 'requires-python = ">=3.11"\n', ""),
    metadata("PC206", "a Python too old", ">=3.11", ">=3.8"),
    metadata("PC207", "no summary", 'description = "Deliver events to Acme."\n', ""),
    metadata("PC208", "a version with a name", 'version = "0.1.0"', 'version = "first"'),
    metadata("PC209", "no licence", 'license = "MIT"\n', ""),
    metadata("PC210", "a licence twice", '"Typing :: Typed"', '"License :: OSI Approved :: MIT License"'),
    Planted("PC211", "no text of the licence", {"LICENSE": None}),
    Planted("PC212", "no py.typed", {"src/portcall_acme/py.typed": None}),
    metadata("PC213", "pytest for everybody", '"attrs>=24.3"', '"attrs>=24.3", "pytest>=8"'),
    plant("PC214", "an import by chance", ("import attrs\n", "import attrs\nimport click\n")),
    Planted("PC215", "a scheme by chance", {
        "src/portcall_acme/__init__.py": [("@hookimpl\ndef auth_fields", '@hookimpl\ndef auth_scheme() -> str:\n    return "digest"\n\n\n@hookimpl\ndef auth_fields')],
    }),
    metadata("PC216", "no build system", '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n', '[build-system]\nrequires = []\nbuild-backend = "hatchling.build"\n'),
    metadata("PC217", "a package that is elsewhere", '["src/portcall_acme"]', '["src/acme"]'),
    metadata("PC217", "data that setuptools leaves out", 'requires = ["hatchling"]\nbuild-backend = "hatchling.build"', 'requires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"'),
    Planted("PC218", "no changelog", {"CHANGELOG.md": None}),
    Planted("PC219", "no test of these checks", {"tests/test_conformance.py": "def test_nothing(): ...\n"}),
    metadata("PC220", "a Python that it does not take", '"Typing :: Typed"', '"Programming Language :: Python :: 3.9"'),
    Planted("PC221", "a common name", {
        "src/portcall_acme/__init__.py": None, "src/portcall_acme/py.typed": None,
        "src/plugin/__init__.py": PLUGIN, "src/plugin/py.typed": "",
        PROJECT: [('"portcall_acme"', '"plugin"'), ("src/portcall_acme", "src/plugin")],
    }),
    metadata("PC230", "no README", 'readme = "README.md"\n', ""),
    plant("PC231", "a setting that is not named", ("`subdomain`, ", ""), file="README.md"),
    plant("PC232", "an action that is not named", ("`post_message`", "one"), file="README.md"),
    plant("PC233", "a host that is not named", ("`*.acme.example`", "Acme"), file="README.md"),
    plant("PC234", "a README with gaps", ("Talks to", "TODO: who. Talks to"), file="README.md"),
]  # fmt: skip
