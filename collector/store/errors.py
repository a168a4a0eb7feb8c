"""What can go wrong with the store, in words for the person who keeps it."""

MOST = (2**63 - 1) // 1_000_000


class StoreError(Exception):
    """The store cannot do what was asked; nothing was changed."""


class StoreRefused(StoreError):
    """A store that this program must not touch: damaged, newer, foreign or not writable."""

    def __init__(self, place: str, fault: str, remedy: str) -> None:
        super().__init__(f"store {place}: {fault}\n  {remedy}")
        self.place = place


class StoreFull(StoreError):
    """No room; what was being written was taken back, what was there stays."""

    def __init__(self, place: str) -> None:
        super().__init__(f"store {place}: the disk is full; nothing was lost, free some room and polling goes on")


class TooGreat(StoreError):
    """A sum that 64 bits cannot hold."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"store {place}: the sum of a day is beyond ±{MOST:,}, the greatest that is kept; look at the amounts"
        )


class Busy(StoreError):
    """Somebody else is at work there, and did not end in time."""

    def __init__(self, place: str, seconds: float) -> None:
        super().__init__(f"store {place}: a poll that is under way did not end within {seconds:g} s; try again later")
