"""What a user writes: every key explained, every secret typed as one."""

import re
from typing import Any

from pydantic import SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from collector.plugin.settings import ConnectorSettings
from collector.testing.conformance.outcome import Broken, Check
from collector.testing.conformance.trial import Trial

_SECRET = re.compile(r"(^|_)(token|secret|password|passwd|key|credentials|webhook_url)$")


def settings_are_explained(trial: Trial) -> None:
    """Look at the settings class."""
    kind = trial.connector.settings_type
    kind.model_json_schema()
    for name, spec in kind.model_fields.items():
        if name in ConnectorSettings.model_fields:
            continue
        if not spec.description:
            raise Broken(
                f"the setting `{name}` has no description",
                f'Say what it is and where a user finds it: `{name}: … = Field(description="…")`',
            )
        if _SECRET.search(name) and _is_text(spec):
            raise Broken(
                f"the setting `{name}` looks like a secret and is a plain {_shown(spec)}",
                "Type it SecretStr, so that it is masked everywhere",
            )
    if trial.plot.by_http and not (kind.model_fields["base_url"].default or trial.connector.base_url):
        raise Broken(
            "nothing says where the vendor answers",
            "Give `base_url` a default in the settings, or the class attribute `base_url`",
        )


def _is_text(spec: FieldInfo) -> bool:
    parts = _parts(spec.annotation)
    return str in parts and not parts & {SecretStr, SecretBytes}


def _parts(annotation: Any) -> set[Any]:
    inner = getattr(annotation, "__args__", ())
    return {annotation}.union(*(_parts(each) for each in inner)) if inner else {annotation}


def _shown(spec: FieldInfo) -> str:
    return getattr(spec.annotation, "__name__", str(spec.annotation))


CHECK = Check(
    "settings-schema",
    "Every setting says what it is for, secrets are typed as secrets, and the vendor's address is known.",
    settings_are_explained,
)
