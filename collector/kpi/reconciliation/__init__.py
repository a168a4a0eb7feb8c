"""Whether two ways of counting the same still agree: `reconcile.reconcile(engine)` says it for each check.

Read on: `rule` (when gaps are an alarm), `checks` (which checks there are, of what), `sides`
(what both sides were day by day), `counts` (what sweeps counted), `findings` (what is said of
each, and `drifting`: which checks hold others back). method: docs/reconciliation.md.
"""
