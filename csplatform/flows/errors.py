"""What a flow raises beside the common errors."""

from csplatform.common.errors import CsplatformError


class TooEarly(CsplatformError):
    """Word of a message that is not here yet: platforms overtake themselves. Try again in a moment."""
