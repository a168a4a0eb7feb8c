"""VK as the connector and others' clients see it: `simulator` is asked, `methods` answers, `script` runs `execute`."""

from connectors.vk.simulator.simulator import GROUP_IDS, VkSimulator

__all__ = ["GROUP_IDS", "VkSimulator"]
