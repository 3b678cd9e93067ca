"""Liquid as Segment's mappings use it: LiquidJS 10 without loops and partials."""

from portcall.actions.mapping.liquid_language.scope import LiquidError
from portcall.actions.mapping.liquid_language.template import Render, compile_template

__all__ = ["LiquidError", "Render", "compile_template"]
