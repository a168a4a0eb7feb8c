"""VK Ads: what ad plans cost, and how often they were shown and clicked, by day."""
