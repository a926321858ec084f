"""What is said in one language: data files, one per language of the readers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

LANGUAGES = ("en", "de", "ru", "tr", "sv", "es", "fr")
_FOLDER = Path(__file__).with_name("languages")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's words, by section and name, and how it writes numbers and times."""

    language: str
    said: Mapping[str, Mapping[str, str]]

    def __call__(self, section: str, name: str, /, **given: object) -> str:
        """The phrase of that name with what is given filled in.

        Raises:
            KeyError: there is none.
        """
        return self.said[section][name].format(**given)

    def named(self, section: str, name: str) -> str:
        """The phrase of a name that others chose; the name itself where there is none."""
        return self.said[section].get(name) or name.replace("_", " ")

    def with_numbers(self, section: str, name: str, evidence: str) -> str | None:
        """A phrase whose places ``{0}``, ``{1}`` are the numbers found in ``evidence``."""
        phrase = self.said[section].get(name)
        numbers = _NUMBER.findall(evidence)
        if phrase is None or len(numbers) < phrase.count("{"):
            return None
        return phrase.format(*map(self._written, numbers))

    def _written(self, digits: str) -> str:
        if "." in digits:
            return digits.replace(".", self.said["form"]["decimal"])
        return self.number(int(digits))

    def number(self, number: float) -> str:
        """A whole number with the language's sign between thousands."""
        return f"{round(number):,}".replace(",", self.said["form"]["thousands"])

    def percent(self, part: float, sign: str = "") -> str:
        """A part of one in percent; ``sign`` "+" shows the sign of what is more, too."""
        return self.said["form"]["percent"].format(n=f"{100 * part:{sign}.0f}")

    def pair(self, name: str, said: str) -> str:
        """A name and what belongs to it, with the language's colon between."""
        return f"{name}{self.said['form']['colon']} {said}"

    def day(self, at: datetime, zone: ZoneInfo) -> str:
        """Weekday, day and month in a zone."""
        local = at.astimezone(zone)
        form = self.said["form"]
        day = form["days"].split()[local.weekday()]
        return form["day"].format(
            day=day, date=local.day, month=form["months"].split()[local.month - 1]
        )

    def at(self, at: datetime | None, zone: ZoneInfo) -> str:
        """Day and time in a zone, with the zone's name."""
        if at is None:
            return self("form", "undated")
        return f"{self.day(at, zone)} {self.time(at, zone)}"

    def time(self, at: datetime, zone: ZoneInfo) -> str:
        """Hours and minutes in a zone, with the zone's name."""
        return f"{at.astimezone(zone):%H:%M %Z}"

    def span(self, length_for: timedelta) -> str:
        """How long, in the largest unit that keeps two of it or more."""
        minutes = max(0, round(length_for.total_seconds() / 60))
        if minutes < 120:
            return self("form", "minutes", n=minutes)
        if minutes < 48 * 60:
            return self("form", "hours", n=round(minutes / 60))
        return self("form", "days_long", n=round(minutes / 1440))


@cache
def phrases(language: str) -> Phrases:
    """The phrases of a language; English where we do not speak it."""
    known = language if language in LANGUAGES else "en"
    said: dict[str, Any] = tomllib.loads((_FOLDER / f"{known}.toml").read_text("utf-8"))
    return Phrases(known, said)
