"""What MkDocs asks us while it makes the site: pages from outside docs/ come in, and links between files become links between pages."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = "docs"
ELSEWHERE: Final = {
    ".github/SECURITY.md": "reporting-weaknesses.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "at-a-glance.md",
    "deploy/README.md": "deploy.md",
    "intents/README.md": "intents.md",
    "responses/README.md": "responses.md",
    "tests/dialogues/README.md": "conversations.md",
}
"""A file that stands where its readers look for it -> its page on the site."""
CODE_OR_LINK: Final = re.compile(
    r"^(?P<fence>`{3,}).*?^(?P=fence)|(?P<code>`+).+?(?P=code)|\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)",
    re.DOTALL | re.MULTILINE,
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Bring in the pages that lie outside docs/."""
    for path, page in ELSEWHERE.items():
        if (ROOT / path).exists():
            files.append(File.generated(config, page, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to pages. A file that has none, such as code, is named only: the site holds no code."""
    uri = page.file.src_uri
    source = next((path for path, name in ELSEWHERE.items() if name == uri), f"{DOCS}/{uri}")

    def linked(found: re.Match[str]) -> str:
        target = found["target"]
        if target is None or "://" in target or target.startswith(("#", "mailto:")):
            return found[0]
        path, _, anchor = target.partition("#")
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        place = ELSEWHERE.get(wanted, wanted.removeprefix(f"{DOCS}/"))
        if files.get_file_from_path(place) is None:
            return found["text"] if (ROOT / wanted).exists() else found[0]
        address = posixpath.relpath(place, posixpath.dirname(uri) or ".")
        return f"[{found['text']}]({address}{'#' * bool(anchor)}{anchor})"

    return CODE_OR_LINK.sub(linked, markdown)
