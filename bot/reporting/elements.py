"""HTML, element by element. All text is escaped; only what an element made is taken as it is. The result is well-formed XML too."""

from __future__ import annotations

from html import escape


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Content = str | Html
"""Plain words, or HTML that an element made."""


def element(name: str, /, *content: Content, **attributes: str | float) -> Html:
    """An element. Attributes: `class_` is `class`, and other underscores are hyphens."""
    told = "".join(f' {key.strip("_").replace("_", "-")}="{escape(str(value))}"' for key, value in attributes.items())
    inner = joined(*content)
    return Html(f"<{name}{told}>{inner}</{name}>" if inner or name not in {"br", "meta", "rect", "line", "circle"} else f"<{name}{told}/>")


def joined(*content: Content) -> Html:
    """One after the other."""
    return Html("".join(one if isinstance(one, Html) else escape(one) for one in content))


def table(head: tuple[Content, ...], rows: list[tuple[Content, ...]], kind: str = "") -> Html:
    """A table; in each row the first cell names it. kind: its class, by which the style knows what is in which column."""
    heads = element("tr", *(element("th", cell, scope="col") for cell in head))
    body = [element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])) for row in rows]
    return element("div", element("table", element("thead", heads), element("tbody", *body), class_=kind), class_="scroll")
