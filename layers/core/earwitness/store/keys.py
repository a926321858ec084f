"""Where each item lies: its primary key, as pure functions."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from earwitness.model import digest
from earwitness.store.codec import stamp
from earwitness.store.table import Key


def mention(mention_id: str) -> Key:
    """Of a mention, or of the tombstone in its place."""
    return Key(f"M#{mention_id}", "M")


def notification(alert_id: str) -> Key:
    """Of the notification of an alert."""
    return Key(f"N#{alert_id}", "N")


def group(group_id: str) -> Key:
    """Of a group: the notifications of its windows are ``N#group-window-sequence``."""
    return Key(f"N#{group_id}", "G")


def response(group_id: str, window: int) -> Key:
    """Of how a group was answered in one of its windows."""
    return Key(f"N#{group_id}-{window}", "R")


def reports(brand: str) -> Key:
    """Of who reported trouble with a brand lately."""
    return Key(f"I#{brand}", "REPORTS")


def past_incident(brand: str, opened_at: datetime) -> Key:
    """Of an incident that is over."""
    return Key(f"I#{brand}", f"PAST#{stamp(opened_at)}")


def silence(silence_id: str) -> Key:
    """Of a silence."""
    return Key(f"S#{silence_id}", "S")


def used_link(nonce: str) -> Key:
    """Of the proof that a link was used."""
    return Key(f"L#{nonce}", "L")


def correction(mention_id: str) -> Key:
    """Of what somebody says of a mention's judgement."""
    return Key(f"V#{mention_id}", "V")


def spelling(brand: str, spelled: str) -> Key:
    """Of what people say of a spelling; ``spelled`` is folded."""
    return Key(f"V#{digest('spelling', brand, spelled)[:32]}", "S")


def sms(at: datetime) -> Key:
    """Of the count of alerts sent by SMS in the month of ``at``."""
    return Key(f"Q#sms#{stamp(at)[:7]}", "COUNT")


def spent(what: str, at: datetime) -> Key:
    """Of the dollars spent on something in the month of ``at``."""
    return Key(f"Q#{what}#{stamp(at)[:7]}", "SPENT")


def listeners() -> Key:
    """Of the count of confirmed subscriptions."""
    return Key("Q#topic", "LISTENERS")


def budget() -> Key:
    """Of how much was said to the topic lately."""
    return Key("Q#topic", "BUDGET")


def story(key: str) -> Key:
    """Of the first story that had a key of ``stories.keys``."""
    return Key(f"K#{key}", "K")


def channel(channel_id: str) -> Key:
    """Of what is known of a channel between polls: lease, cursor, health."""
    return Key(f"CH#{channel_id}", "STATE")


def channel_hour(channel_id: str, at: datetime) -> Key:
    """Of a channel's record of polls in the hour of ``at``."""
    return Key(f"CH#{channel_id}", f"HEALTH#{stamp(at)[:13]}")


def nonce(sender: str, text: str) -> Key:
    """Of a request that was pushed to us: what makes it unique is not repeated."""
    return Key(f"W#{digest('nonce', sender, text)}", "W")


def reading(post_id: str, age_for: timedelta) -> Key:
    """Of what a post had when it was of that age."""
    return Key(f"P#{post_id}", f"AGE#{minutes(age_for):05d}")


def refreshing(channel_id: str) -> Key:
    """Of when posts of a channel may be read again."""
    return Key(f"CH#{channel_id}", "REFRESH")


def again(post_id: str) -> Key:
    """Of the duty to read a post again."""
    return Key(f"P#{post_id}", "AGAIN")


def rollup(brand: str, hour: datetime) -> Key:
    """Of what an hour brought a brand."""
    return Key(f"R#{brand}#{stamp(hour)[:10]}", stamp(hour)[11:13])


def measured_since(brand: str) -> Key:
    """Of when a brand was first measured."""
    return Key(f"R#{brand}", "SINCE")


def signals(brand: str) -> str:
    """The partition of a brand's volume signals, in the order of time."""
    return f"SG#{brand}"


def signal(brand: str, hour: datetime, observed: float) -> Key:
    """Of a volume signal that fired or settled: in an hour counts only grow."""
    return Key(signals(brand), f"{stamp(hour)}#{round(observed):09d}")


def minutes(age_for: timedelta) -> int:
    """An age as keys write it."""
    return int(age_for.total_seconds()) // 60


def ring(function: str, at: datetime) -> Key:
    """Of the one ring of a function that is heard at a moment."""
    return Key(f"G#{function}#{stamp(at)}", "G")


def exported_day(day: str) -> Key:
    """Of what is known of the export of a day."""
    return Key(f"D#{day}", "D")


def erased_post(post_id: str) -> Key:
    """Of the log of a post's erasure."""
    return Key(f"E#P#{post_id}", "E")


def erased_author(secret: bytes, kind: str, scope: str, name: str) -> Key:
    """Of the log of an author's erasure: like everywhere in keys, the name is hidden."""
    return Key(f"E#A#{kind}#{hidden(secret, scope, name.removeprefix('@'))}", "E")


def hidden(secret: bytes, scope: str, name: str) -> str:
    """An author's name as keys write it: whoever has not the secret cannot tell whose it is."""
    told = f"{scope}\x00{name.casefold()}"
    return hmac.new(secret, told.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]
