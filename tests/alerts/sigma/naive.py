"""An oracle for Sigma: evaluates the document itself against a flat event, slow and plain."""

import base64
import ipaddress
import re
from fnmatch import fnmatchcase


def matches(detection, event, keywords=("message",)):
    """``event``: field name -> value; words are looked for in the fields ``keywords``."""
    tree = detection["condition"]
    names = [name for name in detection if name != "condition"]
    return holds(tree, {name: selected(detection[name], event, keywords) for name in names})


def holds(tree, selections):
    """``tree`` as ``conditions()`` in strategies makes it: nested tuples, not text."""
    match tree:
        case str(name):
            return selections[name]
        case ("not", inner):
            return not holds(inner, selections)
        case ("and", a, b):
            return holds(a, selections) and holds(b, selections)
        case ("or", a, b):
            return holds(a, selections) or holds(b, selections)
        case ("of", count, pattern):
            found = [
                value
                for name, value in selections.items()
                if (not name.startswith("_") if pattern == "them" else fnmatchcase(name, pattern))
            ]
            return all(found) if count == "all" else any(found)
    raise AssertionError(tree)


def selected(found, event, keywords):
    if isinstance(found, dict):
        return all(item(key, value, event, keywords) for key, value in found.items())
    if isinstance(found, list):
        return any(selected(each, event, keywords) for each in found)
    return item("", found, event, keywords)


def item(key, found, event, keywords):
    name, *modifiers = key.split("|")
    values = found if isinstance(found, list) else [found]
    present = [event.get(field) for field in ([name] if name else keywords)]
    if not name:
        modifiers.append("contains")
    results = [any(meets(value, each, modifiers) for each in present) for value in values]
    result = all(results) if "all" in modifiers else any(results)
    return not result if "neq" in modifiers else result


def meets(value, actual, modifiers):
    if value is None:
        return actual in (None, "")
    if "exists" in modifiers:
        return value is (actual not in (None, ""))
    if actual is None:
        return False
    if comparison := next((name for name in ("gte", "lte", "gt", "lt") if name in modifiers), None):
        return compared(comparison, actual, value)
    if "cidr" in modifiers:
        try:
            return ipaddress.ip_address(str(actual)) in ipaddress.ip_network(value)
        except ValueError:
            return False
    text = str(actual)
    if "re" in modifiers:
        flags = 0
        for letter in "ims":
            flags |= getattr(re, letter.upper()) if letter in modifiers else 0
        return re.search(value, text, flags) is not None
    if isinstance(value, int) and not {"contains", "startswith", "endswith"} & set(modifiers):
        return number(actual) == value
    return any(fits(pattern, text, "cased" in modifiers) for pattern in patterns(str(value), modifiers))


def patterns(value, modifiers):
    """What the value may look like, as a list of (character, is it a wildcard)."""
    parts = characters(value)
    if "base64offset" in modifiers or "base64" in modifiers:
        encoding = next((name for name in ("wide", "utf16le", "utf16be") if name in modifiers), "utf-8")
        octets = "".join(char for char, _ in parts).encode(
            {"wide": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be"}.get(encoding, encoding)
        )
        if "base64" in modifiers:
            variants = [characters(base64.b64encode(octets).decode())]
        else:
            variants = [[(char, False) for char in inside(octets, at)] for at in range(3)]
    else:
        variants = [parts]
    if "windash" in modifiers:
        variants = [dashed(each) for each in variants]
    star = [("*", True)]
    before = star if {"contains", "endswith"} & set(modifiers) else []
    after = star if {"contains", "startswith"} & set(modifiers) else []
    return [before + each + after for each in variants]


def inside(octets, at):
    """What of the base64 doesn't depend on the bytes before and behind."""
    seen = {
        base64.b64encode(before * at + octets + behind * 3).decode()
        for before in (b"\0", b"\xff")
        for behind in (b"\0", b"\xff")
    }
    length = min(map(len, seen))
    same = [len({each[place] for each in seen}) == 1 for place in range(length)]
    first = same.index(True) if True in same else 0
    # from the first that is certain to the last whole character
    end = first
    while end < length and same[end]:
        end += 1
    whole = (len(octets) + at) * 8 // 6
    return sorted(seen)[0][first : min(end, whole)]


def dashed(parts):
    out = []
    for at, (char, wild) in enumerate(parts):
        before = parts[at - 1][0] if at and not parts[at - 1][1] else " "
        after = parts[at + 1][0] if at + 1 < len(parts) and not parts[at + 1][1] else " "
        starts = char in "-/" and not wild and not word(before) and word(after)
        out.append(("-/–—―" if starts else char, "one of" if starts else wild))
    return out


def word(char):
    return char.isalnum() or char == "_"


def characters(value):
    out, at = [], 0
    while at < len(value):
        if value[at] == "\\" and value[at + 1 : at + 2] in ("*", "?", "\\"):
            out.append((value[at + 1], False))
            at += 2
        else:
            out.append((value[at], value[at] in "*?"))
            at += 1
    return out


def fits(pattern, text, cased):
    """Stars alone ask only that there is something."""
    stars = bool(pattern) and all(each == ("*", True) for each in pattern)
    return bool(text) if stars else like(pattern, text, cased)


def like(pattern, text, cased):
    if not pattern:
        return not text
    char, wild = pattern[0]
    if wild is True and char == "*":
        return any(like(pattern[1:], text[at:], cased) for at in range(len(text) + 1))
    if not text:
        return False
    if wild == "one of":
        same = text[0] in char
    elif wild:
        same = True
    else:
        same = text[0] == char if cased else text[0].lower() == char.lower()
    return same and like(pattern[1:], text[1:], cased)


def number(value):
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def compared(name, actual, value):
    found = number(actual)
    if found is None:
        return False
    return {"gt": found > value, "gte": found >= value, "lt": found < value, "lte": found <= value}[name]
