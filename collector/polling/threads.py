"""Sync code beside the event loop, in threads that never keep the program from ending.

The standard pool's threads are joined at exit; a connector that hangs in one would hold
SIGTERM for ever. These are daemons: what hangs is left behind and dies with the process.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` in a thread of its own; cancelling leaves it running, unheard."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if not done.done():
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result, error = None, None
        try:
            result = function(*args, **kwargs)
        except BaseException as raised:  # noqa: BLE001 - handed to whoever awaits
            error = raised if isinstance(raised, Exception) else RuntimeError(f"it raised {raised!r}")
            if isinstance(raised, StopIteration):
                error = RuntimeError("a generator ended early")
        with suppress(RuntimeError):  # the loop may be closed by now: nobody listens
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name=getattr(function, "__qualname__", "work"), daemon=True).start()
    return await done


async def to_the_end(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same, for what must not be left half-way: cancellation waits until it is done.

    For commits: they are short, and their outcome is what counts.
    """
    task = asyncio.ensure_future(in_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def within(seconds: float, function: Callable[[], T]) -> T:
    """Run `function`, but wait for it only so long; what hangs is left behind.

    For strangers' sync code that is called from a thread of ours.

    Raises:
        TimeoutError: it did not come back in time.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(function())
        except BaseException as raised:  # noqa: BLE001 - handed to the caller
            errors.append(raised)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(f"no answer within {seconds} s")
    return results[0]
