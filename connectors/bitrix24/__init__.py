"""Reads a Bitrix24 portal's CRM: leads, deals, their stages, customers, and the names of all."""
