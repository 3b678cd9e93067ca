"""The commands; each module is imported when its command runs."""

NAME = "portcall"
COMMANDS = {
    "destinations": "List the installed destinations, and what is wrong with any of them.",
    "plugins": "Install, list and remove plugins.",
    "describe": "Show a destination's fields, hosts and actions.",
    "choices": "List the values that a destination offers for a field.",
    "connect": "Connect an account: authorize it, check it, keep it under a name.",
    "connections": "List the stored connections, and their state.",
    "show": "Show the values of a connection or a project, and where each comes from.",
    "rename": "Call a connection by another name.",
    "disconnect": "Revoke the tokens of a connection, and forget it.",
    "key": "Encrypt the stored connections: create a key, change it.",
    "test": "Check a destination and its credentials, step by step.",
    "request": "Send one authenticated request.",
    "send": "Deliver events with one action.",
    "run": "Deliver events by a pipeline: several actions, filters and mappings.",
    "log": "Show what became of an event: when it was sent, and what was answered.",
    "dead": "Show the events that were not delivered, send them again, or drop them.",
    "outbox": "Show the outbox, forget delivered events, or move it.",
    "init": "Write a project file, portcall.toml, to fill in.",
    "new": "Create a project for a destination of your own, from a template.",
    "check": "Find what keeps a plugin from being ready for its users.",
    "schema": "Print the JSON Schema of a kind of file, or of what a command prints.",
    "docs": "Open the documentation: a page, or the part about a command or a destination.",
    "demo": "Show portcall at work on this machine: 1,000 events, one refresh.",
    "completion": "Print the completion script of a shell.",
}
"""What each command is for, in the order in which people need them."""
