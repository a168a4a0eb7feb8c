"""VK Ads as the connector sees it: the company's ad plans, tokens of which five may live, limits by the calendar."""

from connectors.vk_ads.simulator.simulator import VkAdsSimulator

__all__ = ["VkAdsSimulator"]
