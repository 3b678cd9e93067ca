"""The options of a command as they count for one connection: option, project, what was kept, default."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import attrs

from portcall.cli.connections.targets import kept_record
from portcall.cli.flags.connection_flags import Options
from portcall.cli.project.current_project import current_project
from portcall.errors import SettingsError
from portcall.project.project_connection import ProjectConnection
from portcall.project.secret_names import where_it_belongs
from portcall.store.reach import Reach

if TYPE_CHECKING:
    from portcall.destination import Destination

STORED: Final = "stored"
REACHING: Final = tuple(each.name for each in attrs.fields(Reach))
_KEYS: Final = {"timeout_s": "timeout"}


def key_of(name: str) -> str:
    """Return what a project file calls one of the values of `Reach`."""
    return _KEYS.get(name, name)


def said_of(word: str) -> ProjectConnection:
    """Return what the project says of a connection; without opinion if it says nothing."""
    project = current_project()
    return (project.connections.get(word) if project else None) or ProjectConnection()


def settled(word: str, options: Options) -> Options:
    """Return options with what counts for the connection that a word names.

    Args:
        word: The name of a connection, or a slug.
        options: From the command line and the project's table for the command.
    """
    project, said, record = current_project(), said_of(word), kept_record(word)
    kept = record.reach if record is not None else Reach()
    values: dict[str, Any] = {"limits": said.limits}
    origins = dict(options.origins)
    for name in REACHING:
        own, stored = getattr(said, name), getattr(kept, name)
        if name in options.given:
            continue
        if own is not None and project is not None:
            values[name], origins[name] = own, project.where("connections", word, key_of(name))
        elif name not in origins and stored is not None:
            values[name], origins[name] = stored, STORED
    return attrs.evolve(options, **values, origins=origins)


def refuse_secrets(destination: Destination, names: Iterable[str], where: str) -> None:
    """Refuse values of a project file that are for secret fields.

    Args:
        destination: Knows which fields are secret.
        names: The fields that the file fills in.
        where: Where they stand.

    Raises:
        SettingsError: Names the field, and where its secret belongs.
    """
    secret = {field.name for field in destination.fields if field.secret}
    for name in names:
        if name in secret:
            raise SettingsError(f"{where}: {name} is secret; {where_it_belongs(name)}")
