"""The one error of the package."""


class NfstreamError(Exception):
    """What was wrong, where, and what to do, in a sentence."""

    def __reduce__(self):
        # Errors cross processes; the text is all there is to them.
        return (type(self), (str(self),))
