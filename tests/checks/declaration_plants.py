"""Plugins whose declarations have one fault."""

from .planting import plant

PLANTS = [
    plant(
        "PC101",
        "a name that is not defined",
        ("import attrs\n", "import attrs\n\nSIZE = undefined\n"),
    ),
    plant("PC140", "no actions", ("return [post_message]", "return []")),
    plant("PC141", "no title", ('title="Post a message"', 'title=""')),
]
