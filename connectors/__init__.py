"""The built-in connectors, one folder each; they see of us only `collector.plugin`."""
