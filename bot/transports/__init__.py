"""Where conversations come from: each transport makes events of what people do, and hands on messages. They decide nothing."""


class CannotRun(Exception):
    """The bot cannot run like this; the text is one line that says what to do."""
