"""The commands; each module is imported when its command runs."""

NAME = "portcall"
COMMANDS = {
    "destinations": "List what is installed, and what is wrong with any of it.",
    "plugins": "Install, list and remove plugins.",
    "describe": "Show a destination's fields, hosts and actions.",
    "choices": "List the values that a destination offers for a field.",
    "connect": "Connect an account: authorize it, check it, keep it under a name.",
    "connections": "List the connections that are kept, and how they are.",
    "show": "Show what is kept of a connection or holds in a project, and where each value is from.",
    "rename": "Call a connection by another name.",
    "disconnect": "Forget a connection; give its tokens back first.",
    "key": "Encrypt what is kept: make a key, change it.",
    "test": "Check a destination and its credentials, step by step.",
    "request": "Send one authenticated request.",
    "send": "Deliver events with one action.",
    "run": "Deliver events as a pipeline says: several actions, filters and mappings.",
    "log": "Say what became of an event: when it went, and what was said.",
    "dead": "Look at the events that were not delivered, send them again, or drop them.",
    "outbox": "Look at the outbox, forget what was delivered, or move it.",
    "init": "Write a project file, portcall.toml, to fill in.",
    "new": "Make a project of a destination of your own, from a template.",
    "check": "Find what keeps a plugin from being ready for its users.",
    "schema": "Print the JSON Schema of a kind of file, or of what a command prints.",
    "docs": "Open the documentation: a page, or what is said of a command or a destination.",
    "demo": "See it work on this machine: 1,000 events, one refresh.",
    "completion": "Print the completion script of a shell.",
}
"""What each command is for, in the order in which people need them."""
