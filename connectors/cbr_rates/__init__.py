"""Official exchange rates of the Bank of Russia."""
