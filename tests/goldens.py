"""Write the golden texts of alerts anew, to be reviewed by eye: ``python -m tests.goldens``."""

import json
from pathlib import Path

from earwitness.alerting.wording import compose
from earwitness.alerting.wording.phrases import LANGUAGES
from tests.alert_scenarios import SCENARIOS

FOLDER = Path(__file__).parent / "cases" / "alerts"
PROTOCOLS = {
    "email": lambda message: f"Subject: {message.subject}\n\n{message.email}",
    "sms": lambda message: f"{message.sms}\n",
    "chat": lambda message: _indented(_without_machine(json.loads(message.chat))),
    "machine": lambda message: _indented(json.loads(message.machine)),
}
NAMES = [(language, protocol) for language in LANGUAGES for protocol in ("email", "sms", "chat")]
NAMES += [("en", "machine")]  # has no words of ours but the suggested reply


def path(language, protocol):
    return FOLDER / f"{language}.{protocol}.txt"


def text(language, protocol):
    """Every scenario as one protocol's subscriber reads it in one language."""
    parts = [
        f"=== {name}\n\n" + PROTOCOLS[protocol](compose(scenario.alert, scenario.told_in(language)))
        for name, scenario in SCENARIOS.items()
    ]
    return "\n".join(parts)


def _without_machine(chat):
    """The JSON for programs inside the chat's has a golden text of its own."""
    chat["metadata"]["additionalContext"]["alert"] = "..."
    return chat


def _indented(value):
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in NAMES:
        path(*name).write_text(text(*name), encoding="utf-8")
