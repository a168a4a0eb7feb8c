"""What is the same for all methods: the limit of their running time, the `time` of answers, batches."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.bitrix24.simulator import batch
from connectors.bitrix24.simulator.listing import Answer
from connectors.bitrix24.simulator.metering import Meter, at_once, time_of
from connectors.bitrix24.simulator.methods import Methods
from connectors.bitrix24.simulator.refusals import refused
from connectors.bitrix24.simulator.switches import Switches

_BATCH_SECONDS = 0.01


class Calls:
    """The calls of one request, which are several in a batch; `rows` is how many they brought."""

    def __init__(self, methods: Methods, switches: Switches, meter: Meter, begun: datetime, who: str) -> None:
        self._methods, self._switches, self._meter = methods, switches, meter
        self._begun, self._who = begun, who
        self.rows = 0

    def answered(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The body of an answer.

        Raises:
            Refusal: there is none.
        """
        if method != "batch":
            answer, time = self._one(method, params)
            return {"result": answer.result, **answer.beside, "time": time}
        result = batch.run(params, self._one)
        operating = None if self._switches.is_own_server else at_once(self._begun)  # a batch itself counts for nothing
        return {"result": result, "time": time_of(self._begun, _BATCH_SECONDS, self._switches.zone, operating)}

    def _one(self, method: str, params: Mapping[str, Any]) -> tuple[Answer, dict[str, Any]]:
        """An answer and its time; a method that used up its time is refused before it runs."""
        switches = self._switches
        used, _ = self._meter.used(self._who, method, self._begun)
        if used > switches.operating_limit and not switches.is_own_server:
            raise refused("OPERATION_TIME_LIMIT")
        answer = self._methods.call(method, params)
        took = switches.seconds_a_call + switches.seconds_a_row * answer.rows
        self._meter.add(self._who, method, took, self._begun)
        self.rows += answer.rows
        operating = None if switches.is_own_server else self._meter.used(self._who, method, self._begun)
        return answer, time_of(self._begun, took, switches.zone, operating)
