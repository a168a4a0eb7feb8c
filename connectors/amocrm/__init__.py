"""amoCRM (Kommo): leads, deals and their steps, customers, names."""
