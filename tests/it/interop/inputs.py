"""Prints the inputs of fediverse-pasture-inputs as JSON: a list of families, each with its name and its objects."""

import importlib
import json
import pkgutil
import sys
import types

# The package's own runner is not needed for its data.
for name in ("fediverse_pasture", "fediverse_pasture.runner", "fediverse_pasture.runner.entry"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["fediverse_pasture.runner.entry"].Entry = object

import fediverse_pasture_inputs.inputs as inputs  # noqa: E402

families = []
for module in sorted(found.name for found in pkgutil.iter_modules(inputs.__path__)):
    data = getattr(importlib.import_module(f"{inputs.__name__}.{module}"), "data", None)
    if data is not None:
        families.append({"name": module, "examples": data.examples})
json.dump(families, sys.stdout)
