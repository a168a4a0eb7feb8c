"""Telegram as it answers: the Bot API for two bots with a channel each, and the channels' public pages."""

from connectors.telegram.simulator.simulator import TelegramSimulator

__all__ = ["TelegramSimulator"]
