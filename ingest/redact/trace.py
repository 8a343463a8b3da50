"""One pattern that finds a trace of every secret there can be: what it doesn't find in a text, or in a value's JSON,
holds none. It is looked for in many records at once; the precise patterns run only where it was found.
"""

import re2

from ingest.redact.keys import SECRET_WORDS

QUIET = re2.Options()
QUIET.log_errors = False

# What may stand between the letters of a key without changing what it means, and how JSON escapes it.
GAP = r"(?-i:[^a-zA-Z0-9\n]|\\[a-z]|\\u00[0-9a-f]{2})*"
SPELT = "|".join(GAP.join(word) for word in SECRET_WORDS)
# a social security number's, or a card's
DIGITS = r"\d{3}-\d\d-\d{4}|\d(?:[ -]?\d){12}"

NUMBER = re2.compile(DIGITS, QUIET)
TRACE = re2.compile(
    r"(?i)@|%40|bearer|eyj|private key|pass|token|ssn|authorization|cookie|secret"
    rf"|api{GAP}key|credit{GAP}card"
    rf'|"{GAP}(?:{SPELT}){GAP}"'
    rf"|{DIGITS}",
    QUIET,
)
