"""Import what Altair needs without compiling a grammar that nothing here uses.

Altair imports jsonschema, and that ``rfc3987_syntax``, which compiles the grammar of international web
addresses when it is imported: three seconds in every new kernel. Here an address has to be checked first.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

GRAMMAR = "rfc3987_syntax"


class _Later(ModuleType):
    """Stands for the module while jsonschema is imported; any use of it imports the module itself."""

    def is_valid_syntax(self, term: str, value: str) -> bool:
        """Check an address; jsonschema takes this function at once."""
        return bool(self.__getattr__("is_valid_syntax")(term, value))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by the import itself
            raise AttributeError(name)
        self.step_aside()
        return getattr(import_module(GRAMMAR), name)

    def step_aside(self) -> None:
        """Leave the name to the module itself."""
        if sys.modules.get(GRAMMAR) is self:
            del sys.modules[GRAMMAR]


def import_jsonschema() -> None:
    """Import jsonschema, which behaves as ever: only its first check of an address takes the seconds."""
    if "jsonschema" in sys.modules or GRAMMAR in sys.modules or find_spec(GRAMMAR) is None:
        return
    later = sys.modules[GRAMMAR] = _Later(GRAMMAR)
    try:
        import_module("jsonschema")
    finally:
        later.step_aside()
