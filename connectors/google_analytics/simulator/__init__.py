"""A GA4 property that tells of the company: the Data API v1beta, its tokens, quotas and refusals.

Read on: `fields` (what can be asked for), `property` (the company's days as GA4 has them), `asked`
(requests), `report` (grouping, order, pages), `tokens` (who may ask), `buckets` (quotas),
`refusals`, `switches` (what may go wrong), `simulator` (routes).
"""

from connectors.google_analytics.simulator.simulator import GoogleAnalyticsSimulator

__all__ = ["GoogleAnalyticsSimulator"]
