"""The documentation as a site: it needs nothing from outside, and what leads nowhere, or is found by nobody, fails it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.checkout import ROOT, copy_checkout

FETCHED: Final = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=\"?((?:https?:)?//[^\" >]+)")
"""What a browser would ask another server for, to show a page."""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]


def built(root: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """What `make docs` does, elsewhere."""
    config = root / "deploy/site/mkdocs.yml"
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(config), "--site-dir", str(target)],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    done = built(ROOT, target)
    assert done.returncode == 0, done.stderr
    return target


def test_nothing_comes_from_outside(site: Path) -> None:
    """No page needs another server to be shown."""
    pages = {path.name: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    assert {name: FETCHED.findall(page) for name, page in pages.items() if FETCHED.search(page)} == {}
    fonts = [path for path in site.rglob("*.css") if "fonts.g" in path.read_text(encoding="utf-8")]
    assert (len(pages) > 20, fonts) == (True, [])


def test_what_lies_elsewhere(site: Path) -> None:
    """Pages from outside docs/ are there, links to them lead to them, and files of code are named without a link."""
    walk = (site / "walk-through.html").read_text(encoding="utf-8")
    assert 'href="intents.html#another-language-one-file-in-phrases"' in walk
    assert 'id="another-language-one-file-in-phrases"' in (site / "intents.html").read_text(encoding="utf-8")
    engine = (site / "engine.html").read_text(encoding="utf-8")
    assert "(updates.py)" in engine
    assert "bot/transports/updates.py" not in engine


def test_a_link_that_leads_nowhere_fails(tmp_path: Path) -> None:
    """A broken link, a broken anchor, and a page without a place in the menu each fail the build, by name."""
    root = copy_checkout(tmp_path / "copy")
    (root / "docs/lost.md").write_text(
        "# Lost\n\n[a](nowhere.md), [b](engine.md#never), [c](#not-here), [d](../bot/none.py)\n", encoding="utf-8"
    )
    done = built(root, tmp_path / "site")
    assert done.returncode == 1
    for named in ("lost.md\n", "'nowhere.md'", "'engine.md#never'", "'#not-here'", "'../bot/none.py'"):
        assert named in done.stderr, done.stderr
