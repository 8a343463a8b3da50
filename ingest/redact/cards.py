"""Card numbers: an issuer's prefix and length, and the check digit. Not every long number is one."""

import re

DIGITS = re.compile(r"(?<![A-Za-z0-9])(?<!\d\.)\d(?:[ -]?\d){12,}(?![A-Za-z0-9]|\.\d)", re.ASCII)
DIGIT_GROUP = re.compile(r"\d+")
CARD_LENGTHS = range(13, 20)


def cards(found: re.Match[str]) -> str:
    """A run of digit groups with the card numbers in it replaced; a card's groups but the last have four or more."""
    run, out, at, first = found[0], "", 0, 0
    groups = list(DIGIT_GROUP.finditer(run))
    while first < len(groups):
        digits, card = "", None
        for last, group in enumerate(groups[first : first + 5], first):
            digits += group[0]
            if is_card(digits):
                card = last
            if len(group[0]) < 4 or len(digits) >= CARD_LENGTHS.stop:
                break
        if card is not None:
            out += run[at : groups[first].start()] + "[REDACTED:card]"
            at, first = groups[card].end(), card
        first += 1
    return out + run[at:]


def is_card(digits: str) -> bool:
    return len(digits) in CARD_LENGTHS and issued(digits) and luhn(digits)


def issued(digits: str) -> bool:
    """Whether an issuer gives out numbers of this beginning and length."""
    size, two, three, four = len(digits), int(digits[:2]), int(digits[:3]), int(digits[:4])
    return (
        (digits[0] == "4" and size in (13, 16, 19))
        or (size == 16 and (51 <= two <= 55 or 2221 <= four <= 2720))
        or (size == 15 and two in (34, 37))
        or (size in (16, 19) and (four == 6011 or two == 65 or 644 <= three <= 649))
        or (size in (16, 19) and 3528 <= four <= 3589)
        or (size == 14 and (two in (36, 38, 39) or 300 <= three <= 305))
        or (16 <= size <= 19 and two == 62)
    )


def luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
