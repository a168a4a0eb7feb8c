"""Odnoklassniki as it is asked: `simulator` answers, `group` is what it tells of, `refusals` its words."""

from connectors.odnoklassniki.simulator.simulator import OdnoklassnikiSimulator

__all__ = ["OdnoklassnikiSimulator"]
