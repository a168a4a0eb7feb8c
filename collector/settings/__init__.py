"""From YAML files to a validated, frozen configuration."""
