"""Masks what varies in a message, so that the same failure reads the same."""

import re
from collections.abc import Sequence

POD = "[bcdfghjklmnpqrstvwxz2456789]"  # what Kubernetes makes names of
UUID = r"(?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)"
EMAIL = r"(?P<email>(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+)"
DAY, CLOCK = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d:\d\d"
TIME = rf"(?P<time>\b{DAY}(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b|\b{CLOCK}(?:[.,]\d+)?(?![\w:]))"
MAC = r"(?P<mac>\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b)"
IP4 = r"\b\d{1,3}(?:\.\d{1,3}){3}\b"
IP6 = r"(?<![\w:])(?=[a-fA-F:]*\d)(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"
IN_POD = rf"(?P<pod>(?<=-)(?=[a-z]*\d){POD}{{8,10}}-{POD}{{5}}\b)"
HEX = r"(?P<hex>\b0x[0-9a-fA-F]+\b|\b(?=\d*[a-fA-F])(?=[a-fA-F]*\d)[0-9a-fA-F]{7,}\b)"
ID = r"(?P<id>(?<![0-9A-Za-z])(?=(?:[A-Za-z]*\d){3})(?=\d*[A-Za-z])[0-9A-Za-z]{12,}(?![0-9A-Za-z]))"
NUMBER = r"(?P<num>\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?)"
SHORT = 12  # what a word must have to hold what only ALL looks for, unless it has colons
FEW = re.compile("|".join((EMAIL, TIME, rf"(?P<ip>{IP4})", HEX, NUMBER)))
ALL = re.compile("|".join((UUID, EMAIL, TIME, MAC, rf"(?P<ip>{IP4}|{IP6})", IN_POD, HEX, ID, NUMBER)))
LONGEST = 2_000  # characters of a message that its pattern is made of
# All digits are masked, and but these the patterns don't tell apart: 0 begins 0x1f, 1 and 3 are in no pod's name.
ALIKE = bytes.maketrans(b"0123456789", b"0121222222")
BETWEEN = "\x1e"  # a word of its own between messages


class Words(dict[str, str]):
    """Each word's mask, remembered: messages are made of few words, though few messages come twice."""

    SIZE = 50_000
    LENGTH = 40  # longer words are not remembered

    def __missing__(self, word: str) -> str:
        masks = FEW if len(word) < SHORT and word.count(":") < 2 else ALL
        masked = masks.sub(lambda found: f"<{found.lastgroup}>", word)
        if len(word) <= self.LENGTH:
            if len(self) >= self.SIZE:
                self.clear()
            self[word] = masked
        return masked


_words = Words()


def mask(messages: Sequence[str]) -> list[str]:
    """ "took 31 ms" -> "took <num> ms". All at once: calls for each message would cost as much as the work."""
    text = f" {BETWEEN} ".join([message[:LONGEST] for message in messages])
    if text.count(BETWEEN) != len(messages) - 1:
        return [mask_text(message[:LONGEST]) for message in messages]
    return mask_text(text).split(f" {BETWEEN} ")


def mask_text(text: str) -> str:
    alike = text.encode(errors="surrogatepass").translate(ALIKE).decode(errors="surrogatepass")
    return " ".join(map(_words.__getitem__, alike.split(" ")))
