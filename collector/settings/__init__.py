"""From YAML files to a validated, frozen configuration; `load` is the way in, `model` the result."""
