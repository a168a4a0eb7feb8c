"""kpi-collector: from marketing systems, through a store and formulas, to Prometheus.

Follow a number: connectors → polling → store → kpi → snapshot → web.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("kpi-collector")
except PackageNotFoundError:  # running from a tree that was never installed
    __version__ = "0+unknown"
