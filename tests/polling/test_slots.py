"""Who may poll when places are scarce."""

from hypothesis import given
from hypothesis import strategies as st

from collector.polling.slots import Claim, Gate, Slots


def started(slots: Slots[str]) -> list[str]:
    found = []
    while (claim := slots.next()) is not None:
        found.append(claim.payload)
    return found


def test_who_has_waited_longest_goes_first() -> None:
    slots: Slots[str] = Slots()
    pool = Gate(2)
    for name, due in (("late", 3.0), ("first", 1.0), ("second", 2.0)):
        slots.claim(name, gates=(pool,), due=due, behind=False)

    assert started(slots) == ["first", "second"]
    assert slots.longest_due == 3


def test_history_goes_after_all_that_is_fresh() -> None:
    slots: Slots[str] = Slots()
    pool = Gate(2)
    slots.claim("history", gates=(pool,), due=1, behind=True)
    slots.claim("fresh", gates=(pool,), due=2, behind=False)

    assert started(slots) == ["fresh", "history"]


def test_a_slow_host_takes_no_places_from_others() -> None:
    slots: Slots[str] = Slots()
    pool, slow, quick = Gate(4), Gate(2), Gate(2)
    for n in range(5):
        slots.claim(f"slow {n}", gates=(pool, slow), due=n, behind=False)
    slots.claim("quick", gates=(pool, quick), due=9, behind=False)

    assert started(slots) == ["slow 0", "slow 1", "quick"]


def test_a_place_at_a_host_goes_to_the_next_who_waits_for_it() -> None:
    slots: Slots[str] = Slots()
    pool, host = Gate(4), Gate(1)
    for n in range(3):
        slots.claim(f"{n}", gates=(pool, host), due=n, behind=False)
    claim = slots.next()
    assert claim is not None
    assert started(slots) == []

    slots.release(claim)
    assert started(slots) == ["1"]


def test_who_was_dropped_while_waiting_lets_the_next_one_pass() -> None:
    slots: Slots[str] = Slots()
    pool, host = Gate(4), Gate(1)
    first, dropped, last = (slots.claim(f"{n}", gates=(pool, host), due=n, behind=False) for n in range(3))
    assert started(slots) == ["0"]

    dropped.waits = False
    slots.release(first)
    assert started(slots) == ["2"]
    assert slots.longest_due is None
    assert not last.waits


claims = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.booleans(), st.floats(0, 9)), max_size=40)


@given(claims=claims, data=st.data())
def test_all_get_their_turn_no_gate_is_passed_by_too_many_and_none_waits_before_an_open_one(
    claims: list[tuple[int, int, bool, float]], data: st.DataObject
) -> None:
    slots: Slots[int] = Slots()
    pool, histories = Gate(3), Gate(2)
    hosts, sources = [Gate(2) for _ in range(3)], [Gate(1) for _ in range(4)]
    every = [pool, histories, *hosts, *sources]
    waiting: dict[int, Claim[int]] = {}
    running: list[Claim[int]] = []
    for number, (host, source, behind, due) in enumerate(claims):
        gates = (pool, hosts[host], *((histories, sources[source]) if behind else ()))
        waiting[number] = slots.claim(number, gates=gates, due=due, behind=behind)
    while True:
        while (claim := slots.next()) is not None:
            running.append(claim)
            del waiting[claim.payload]
        assert all(gate.taken <= gate.most for gate in every)
        assert all(any(gate.full for gate in claim.gates) for claim in waiting.values())
        if not running:
            break
        slots.release(running.pop(data.draw(st.integers(0, len(running) - 1))))
    assert not waiting
    assert all(gate.taken == 0 for gate in every)
