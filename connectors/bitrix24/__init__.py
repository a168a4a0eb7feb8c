"""Bitrix24: leads and deals of its CRM."""
