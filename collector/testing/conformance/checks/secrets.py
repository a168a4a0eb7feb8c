"""No secret in a log line, an error, a report or a warning, whatever the vendor does."""

from collections.abc import Iterator

from collector.log import spellings
from collector.polling.redaction import secrets_in
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.hearing import hearing
from collector.testing.conformance.outcome import Broken, Check
from collector.testing.conformance.trial import Trial

_FAULTS = (None, "401", "403", "429-untold", "500", "html", "malformed")


def secrets_stay_secret(trial: Trial) -> None:
    """Listen while it works, and while it fails in every way."""
    with trial.scene() as bench:
        for fault in _FAULTS:
            if (simulator := bench.ground.simulator) is not None:
                simulator.faults.always(fault)
            elif fault is not None:
                continue
            with hearing() as lines:
                told = list(_said(bench))
            for where, text in [*told, *(("a log line", line) for line in lines)]:
                _look_for_secrets(bench, where, text)


def _said(bench: Bench) -> Iterator[tuple[str, str]]:
    """All that people may come to see, before the program covers anything."""
    yield "its repr", repr(bench.connector) + repr(bench.source.settings)
    for stream in bench.streams:
        try:
            bench.records(stream)
        except Exception as error:  # noqa: BLE001 - what it says is looked at
            yield f"an error of {stream.name}", f"{error!r} {error}"
        report = bench.poll(stream)
        yield f"a report of {stream.name}", repr(report)
    try:
        yield from (("what `check` says", str(told)) for told in bench.run(bench.connector.check))
    except Exception as error:  # noqa: BLE001 - as above
        yield "an error of `check`", f"{error!r} {error}"
    yield from (("a warning", told) for told in bench.connector.take_warnings())


def _look_for_secrets(bench: Bench, where: str, text: str) -> None:
    secrets = {*secrets_in(bench.source.settings), *bench.ground.secrets}
    for secret in secrets:
        if any(len(spelt) > 5 and spelt in text for spelt in spellings(secret)):
            covered = text.replace(secret, "********")
            raise Broken(
                f"a secret stands in {where}: {covered[:160]}",
                "Keep credentials out of what you log and raise: name `response.where`, not the URL",
            )


CHECK = Check(
    "no-secrets", "No secret stands in a log line, an error, a report, a warning or a repr.", secrets_stay_secret
)
