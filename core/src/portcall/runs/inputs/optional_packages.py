"""Packages that only some inputs need, each installed with an extra of portcall."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from portcall.runs.inputs.input_error import InputError


def needed(module: str, extra: str, name: str, what: str) -> Any:
    """Import a package that an input needs.

    Args:
        module: What is imported.
        extra: Of portcall, which installs it.
        name: Of the input, for messages.
        what: What the input is.

    Raises:
        InputError: It is not installed; says how to install it.
    """
    try:
        return import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise InputError(
            f"{name}: this is {what}, and {package} is not installed, which reads it: "
            f"pip install 'portcall[{extra}]'"
        ) from None
