"""`KPI_COLLECTOR_…` variables: keys of the top level, given by the environment.

`KPI_COLLECTOR_WEB__LISTEN` is `web.listen`, `KPI_COLLECTOR_SOURCES__CRM__ACCESS_TOKEN` is
`sources.crm.access_token`; a value is taken as it is, a list or mapping is JSON. They win
over the file. Imported only where such a variable is set.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import create_model
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource
from pydantic_settings.sources.utils import parse_env_vars

from collector.settings.entries import Entry, Origin, made
from collector.settings.findings import Findings, suggestion

PREFIX = "KPI_COLLECTOR_"
OWN = frozenset({"KPI_COLLECTOR_CONFIG"})
"""Variables of the program itself, which are no keys."""

_KUBERNETES = re.compile(r"KPI_COLLECTOR_(\w+_)?(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP)(_\w+)?)?)")


class _Given(EnvSettingsSource):
    """The variables of a given mapping instead of the process's own; texts stay as they are."""

    def __init__(self, model: type[BaseSettings], environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(model, case_sensitive=False, env_prefix=PREFIX, env_nested_delimiter="__")

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return parse_env_vars(self._environ, case_sensitive=False)

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """JSON only where it is a list or mapping: a token of digits stays a text."""
        if not str(value).lstrip().startswith(("{", "[")):
            raise ValueError("no JSON")
        return super().decode_complex_value(field_name, field, value)


def overrides(environ: Mapping[str, str], keys: Iterable[str]) -> dict[str, Any]:
    """The values of the variables, nested as in a file."""
    fields: dict[str, Any] = dict.fromkeys(keys, (dict[str, Any] | str, None))
    model = create_model("Environment", __base__=BaseSettings, **fields)
    return _Given(model, environ)()


def apply(top: Entry, environ: Mapping[str, str], keys: Iterable[str], findings: Findings) -> None:
    """Put the variables' values over the file's."""
    known = frozenset(keys)
    _warn_of_strangers(environ, known, findings)
    for key, value in overrides(environ, known).items():
        _put(top, (key,), value, environ)


def _put(parent: Entry, path: tuple[str, ...], value: Any, environ: Mapping[str, str]) -> None:
    """Mappings go into what is there, all else takes its place."""
    origin = Origin(_variable(path, environ), parent.origin.folder, environment=True)
    there = parent.mapping.get(path[-1])
    if isinstance(value, dict):
        if there is None or not isinstance(there.value, dict):
            there = parent.mapping[path[-1]] = Entry({}, origin, 0, 0)
        for name, inner in value.items():
            _put(there, (*path, name), inner, environ)
        return
    parent.mapping[path[-1]] = made(_listed(value), origin)


def _listed(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _variable(path: tuple[str, ...], environ: Mapping[str, str]) -> str:
    """The variable that gave this path: itself, or the one whose JSON held it."""
    present = {name.upper() for name in environ}
    for depth in range(len(path), 0, -1):
        name = PREFIX + "__".join(path[:depth]).upper()
        if name in present:
            return name
    return PREFIX + "__".join(path).upper()


def _warn_of_strangers(environ: Mapping[str, str], known: frozenset[str], findings: Findings) -> None:
    for name in environ:
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in OWN or _KUBERNETES.fullmatch(upper):
            continue
        key = upper.removeprefix(PREFIX).split("__")[0].lower()
        if key not in known:
            hint = suggestion(key, known, what="Keys")
            findings.warnings.append(
                f"{name}: there is no key {key!r} at the top level; the variable is ignored. {hint}"
            )
