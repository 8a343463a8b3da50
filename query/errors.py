"""What is wrong with a query, and where."""


class QueryError(ValueError):
    """``position`` and ``length`` mark the place in the text, in characters."""

    def __init__(self, message: str, position: int = 0, length: int = 0) -> None:
        super().__init__(message)
        self.position = position
        self.length = length
