"""The books: what every figure must come out as, by plain code of their own.

Events become `entry` lines (`people` → `channels` → `of_leads`, `of_deals`; `of_facts`), `figures`
adds them up for a window, `kpis` has the formulas, `books` answers, `lines` prints.
"""

from collector.testing.company.books.books import Books, Outcome

__all__ = ["Books", "Outcome"]
