"""YouTube as it answers: the Data API, the Analytics API and Google's token endpoint, over two channels."""

from connectors.youtube.simulator.simulator import YouTubeSimulator

__all__ = ["YouTubeSimulator"]
