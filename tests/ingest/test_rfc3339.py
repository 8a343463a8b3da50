"""Times as text: what msgspec takes for one, with all its digits."""

from datetime import datetime

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.rfc3339 import EARLIEST, LATEST, Moment, OutOfRange, nanoseconds

times = st.one_of(
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.from_regex(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9][Tt _][012][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{0,12})?"
                  r"(Z|z|[+-][012][0-9]:?[0-6][0-9])?", fullmatch=True),
    st.text(alphabet="0123456789-:T.Z+ ", max_size=26),
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(times)
@example("2016-12-31T23:59:60Z")
@example("2025-01-15T10:30:45.9999999Z")
@example("2025-01-15T10:30:45.1234567891234+0130")
@example("2025-01-15T10:30:45.\uff11Z")
@example("2025-01-15T10:30:45.Z")
@example("2025-01-15T10:30:45.123Z")
@example("2025-01-15T10:30:4Z")
@example("2025-01-15T10:30:61.123Z")
@example("2025-01-15T10:30:45ZZ")
def test_a_time_is_what_msgspec_takes_for_one(text):
    try:
        moment: datetime = msgspec.convert(text, Moment)
    except msgspec.ValidationError:
        with pytest.raises((msgspec.ValidationError, OutOfRange)):
            nanoseconds(text)
        return
    if EARLIEST <= moment < LATEST:
        whole = moment.replace(microsecond=0)
        assert abs(nanoseconds(text) - int(whole.timestamp()) * 10**9 - moment.microsecond * 1000) <= 1000
    else:
        with pytest.raises(OutOfRange):
            nanoseconds(text)
