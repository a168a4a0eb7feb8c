"""amoCRM and Kommo: leads and deals."""
