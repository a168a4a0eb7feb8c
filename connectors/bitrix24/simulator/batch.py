"""`batch`: up to fifty commands in one call, of which later ones may use what earlier ones found."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from connectors.bitrix24.simulator.listing import Answer
from connectors.bitrix24.simulator.php import lowered, mapped, parsed
from connectors.bitrix24.simulator.refusals import Refusal, refused

MOST = 50
_RESULT = re.compile(r"\$result((?:\[[^\]]*\])+)")
_STEP = re.compile(r"\[([^\]]*)\]")

Call = Callable[[str, Mapping[str, Any]], tuple[Answer, dict[str, Any]]]
"""Method and parameters → what it answers, and its time."""


def run(params: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """The five maps of the answer; those without keys are `[]`."""
    told = params.get("cmd") or {}
    commands = told if isinstance(told, Mapping) else {str(place): each for place, each in enumerate(told)}
    halts = str(params.get("halt", 0)).lower() in ("1", "true")
    found: dict[str, dict[str, Any]] = {
        name: {} for name in ("result", "result_error", "result_total", "result_next", "result_time")
    }
    for place, (key, command) in enumerate(commands.items()):
        try:
            if place >= MOST:
                raise refused("ERROR_BATCH_LENGTH_EXCEEDED")
            answer, time = _one(str(command), found["result"], call)
        except Refusal as refusal:
            found["result_error"][key] = _told(refusal)
            if halts:
                break
            continue
        found["result"][key], found["result_time"][key] = answer.result, time
        for name, value in answer.beside.items():
            found[f"result_{name}"][key] = value
    return {name: mapped(each) for name, each in found.items()}


def _told(refusal: Refusal) -> dict[str, Any]:
    """In a batch a lacking scope is told without a sentence."""
    return refusal.body | ({"error_description": ""} if refusal.error == "insufficient_scope" else {})


def _one(command: str, results: Mapping[str, Any], call: Call) -> tuple[Answer, dict[str, Any]]:
    method, _, query = command.partition("?")
    method = method.lower().strip("/").removesuffix(".json")
    if method == "batch":
        raise refused("ERROR_BATCH_METHOD_NOT_ALLOWED")
    return call(method, lowered(_filled(parsed(query), results)))


def _filled(told: Any, results: Mapping[str, Any]) -> Any:
    """Parameters with what earlier commands found in the place of `$result[…]`."""
    if isinstance(told, dict):
        return {key: _filled(value, results) for key, value in told.items()}
    if not isinstance(told, str) or "$result" not in told:
        return told
    whole = _RESULT.fullmatch(told)
    if whole:
        return _reached(whole[1], results)
    return _RESULT.sub(lambda match: str(_reached(match[1], results)), told)


def _reached(path: str, results: Mapping[str, Any]) -> Any:
    """Where a path leads; nowhere is an empty text."""
    place: Any = results
    for step in _STEP.findall(path):
        if isinstance(place, Mapping) and step in place:
            place = place[step]
        elif isinstance(place, list) and step.isdigit() and int(step) < len(place):
            place = place[int(step)]
        else:
            return ""
    return "" if place is None else place
