"""The conformance suite, on the simulator; and a wall of 100,000 posts, which is read without holding it."""

import gc
import tracemalloc
from pathlib import Path

import pytest

from collector.plugin import Post
from collector.testing.conformance import conformance_tests
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from connectors.vk.plugin import Vk
from connectors.vk.simulator import VkSimulator

LONG = ("resumes", "rate-limit", "server-faults")
POSTS = 100_000
MOST_MIB = 64
"""Each post's number is held, twice: else one that comes twice could not be told."""

test_it_conforms = conformance_tests(Vk, marks=dict.fromkeys(LONG, pytest.mark.soak))


@pytest.mark.soak
def test_a_hundred_thousand_posts_are_read_and_not_held(tmp_path: Path) -> None:
    trial = Trial(Vk, Plot(VkSimulator), tmp_path)
    with trial.scene() as bench:
        simulator = bench.ground.simulator
        assert isinstance(simulator, VkSimulator)
        simulator.grow(POSTS)
        (posts,) = [each for each in bench.streams if each.name == "posts"]
        gc.collect()
        tracemalloc.start()
        try:
            read = bench.run(lambda: _count(posts.read(bench.asked(posts)[0])))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert read >= POSTS
    assert peak < MOST_MIB * 2**20, f"{peak / 2**20:.0f} MiB"
    assert bench.requests < POSTS / 2400 + 10


async def _count(rows: object) -> int:
    count = 0
    async for each in rows:  # type: ignore[attr-defined]
        count += isinstance(each, Post)
    return count
