"""The connector google_analytics: the traffic of a site, its users, events and ad cost, as GA4 tells them by day."""
