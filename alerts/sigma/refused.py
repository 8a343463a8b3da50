"""What can't be expressed, and where in the document it stands."""


class Refused(ValueError):
    """``place`` is the path in the document, as ``detection.selection.Image|contains``."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place = place
        self.reason = reason
