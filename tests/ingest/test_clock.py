"""A clock that jumps ahead is not believed at once; one that is set back, or right by and by, is."""

import pytest

from ingest.clock import BELIEVED, SECOND, Clock

HOUR = 3600 * SECOND
START = 1_700_000_000 * SECOND


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        # steady goes on, wall goes on -> what is told has gone on
        ([(1, 1), (1, 1)], 2),
        ([(1, 1), (1, 1 + 3600)], 2),
        ([(1, 1 + 3600), (1, 1 - 3600)], 2),
        ([(1, 1 + 3600), (599, 599)], 600),
        ([(1, 1 + 3600), (600, 600)], 601 + 3600),
        ([(1, 1 + 3600), (1, 1 - 3600), (599, 599 + 3600)], 601),
        ([(1, 1 - 3600), (1, 1)], 2 - 3600),
        ([(1, 1.5)] * 20, 30),
        ([(7200, 7200)], 7200),
    ],
    ids=[
        "as it should be",
        "a jump ahead",
        "a jump that is taken back",
        "a jump that lasts for less than ten minutes",
        "a jump that lasts for ten minutes",
        "two jumps are two",
        "set back",
        "set right by and by",
        "nobody looked for long",
    ],
)
def test_what_it_says(steps, says):
    time = {"steady": 7 * HOUR, "wall": START}
    clock = Clock(wall=lambda: time["wall"], steady=lambda: time["steady"])
    for steady, wall in steps:
        time["steady"] += int(steady * SECOND)
        time["wall"] += int(wall * SECOND)
        now = clock.now()
    assert now - START == says * SECOND
    assert BELIEVED == 600 * SECOND
