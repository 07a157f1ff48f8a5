"""The compiled guide: it says what the YAML says, any change makes it anew, and nothing that happens to it does harm."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot import compiled, reading
from bot.checking import check_content
from bot.compiled import PACKED, PHRASES, PLACE, digest, keep, kept
from bot.content import content_dir, keep_matching, load_guide
from bot.findings import ContentError
from bot.matching import Matcher
from bot.model import ByFact, Fact, Fix, Guide, Intent, Kind, Likely, Phrase, Plural, Responses, Risk, Step
from bot.reading import read_guide
from tests.sampling import sample
from tests.small_content import edit, write

ROOT: Final = Path(__file__).parents[1]
HELLO: Final = "intents/hello.yaml"
EVERYTHING: Final = Guide(
    {
        "a": Intent(
            "a",
            Kind.ERROR,
            (
                Phrase("one", "en", screen=True),
                Phrase("two", "de", facts={"room": "full"}),
                Phrase("three \ud800 \u2028", "de"),
                Phrase("four", "en"),
            ),
            (Step(("f", "g"), likely=Likely.OFTEN, source=("s",), cures=False), Step(go="b", only_if={"room": ("full", "free")})),
            then="b",
            menu=1,
            source=("t",),
            vague=True,
        ),
        "b": Intent("b", Kind.ELSEWHERE),
    },
    {
        "f": Fix(
            "f", 1, Risk.DATA, {"room": ("full",)}, ("room",), "room", confirm=True, test="g", wait=5, cures=False, ends=True, source=("u",)
        ),
        "g": Fix("g", 2),
    },
    {
        "room": Fact(
            "room", ("full", "free"), {"full": {"en": ("no room", "full")}}, {"free": {"en": ("some",)}}, lasting=True, ages={"full": 3}
        )
    },
    {
        "en": Responses("en", {"words": {"w": {"text": "t"}, "p": {"text": Plural("n", {"one": "1", "other": "2"})}}}),
        "de": Responses("de", {"words": {"w": {"steps": ("a", "b"), "by": ByFact("room", {"full": ("c",), "free": "d"}, ("e",))}}}),
    },
)
"""A guide in which every field has a value that it does not have by itself."""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path)


@pytest.fixture
def prepared(small: Path) -> Path:
    """The small content, compiled."""
    load_guide(small)
    assert (small / PLACE).is_file()
    return small


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders whose YAML was read."""
    folders: list[Path] = []

    def read(folder: Path) -> Guide:
        folders.append(folder)
        return read_guide(folder)

    monkeypatch.setattr(reading, "read_guide", read)
    return folders


# --- what it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [lambda: EVERYTHING, lambda: read_guide(content_dir())], ids=["everything", "shipped"])
def test_it_says_what_was_read(read: Callable[[], Guide], tmp_path: Path) -> None:
    """A guide comes back the same in every value, type and order."""
    guide = read()
    keep(tmp_path, "key", guide)
    again = kept(tmp_path, "key", read_guide)
    assert again == guide
    assert repr(again) == repr(guide)  # an enum equals its text, and maps their order; they are not written alike
    assert again.looks == guide.looks


def test_the_same_content_is_read_once(small: Path, reads: list[Path]) -> None:
    """The first start reads the YAML, the next ones do not, and they have the same guide."""
    first = load_guide(small)
    assert [load_guide(small), load_guide(small)] == [first, first]
    assert reads == [small]
    assert {path.name for path in (small / PLACE).parent.iterdir()} == {PLACE.name, PHRASES.name}


def test_starting_needs_neither_pydantic_nor_yaml(prepared: Path) -> None:
    """Once the content is compiled, the bot and the chat start without the heavy readers in memory."""
    code = (
        "import sys; from pathlib import Path; import bot.cli, bot.running, bot.transports.terminal, bot.matching\n"
        "from bot.content import load_guide; from bot.settings import load_settings\n"
        f"load_settings(); assert load_guide(Path({str(prepared)!r})).intents\n"
        "print(sorted({'pydantic', 'pydantic_core', 'yaml', 'bot.reading'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert done.stdout == "[]\n"


# --- what changes it --------------------------------------------------------------------------------------------------


def _swap(folder: Path) -> None:
    """Two files change places: the same bytes under the same names."""
    one, other = folder / "intents/full.yaml", folder / "intents/slow.yaml"
    first, second = one.read_text(encoding="utf-8"), other.read_text(encoding="utf-8")
    one.write_text(second.replace("id: slow", "id: full").replace("then: full", "then: slow"), encoding="utf-8")
    other.write_text(first.replace("id: full", "id: slow").replace("go: slow", "go: full"), encoding="utf-8")


def _add(file: str, text: str) -> Callable[[Path], None]:
    def add(folder: Path) -> None:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")

    return add


EDITS: Final[dict[str, Callable[[Path], object]]] = {
    "a letter": lambda folder: edit(folder, HELLO, "ahoy there my friend", "ahoy there my fiend"),
    "a text": lambda folder: edit(folder, "responses/en/intents.yaml", "There is no room.", "There is not any room."),
    "a property": lambda folder: edit(folder, "intents/fixes.yaml", "minutes: 240", "minutes: 241"),
    "two files exchanged": _swap,
    "a new file": _add("intents/hi.yaml", "id: hi\nkind: act\n"),
    "a file deleted": lambda folder: (folder / HELLO).unlink(),
    "a new language": lambda folder: (folder / "responses/de").mkdir(),
    "a file of a new language": _add("responses/de/buttons.yaml", "yes: Ja\n"),
    "a language through a link": lambda folder: (folder / "responses/fr").symlink_to(folder / "responses/en"),
}


@pytest.mark.parametrize("change", EDITS.values(), ids=EDITS)
def test_any_edit_is_seen(prepared: Path, reads: list[Path], change: Callable[[Path], object]) -> None:
    """Whatever is edited counts at the next start, and is compiled for the one after it."""
    repr_before = repr(load_guide(prepared))
    change(prepared)
    after = load_guide(prepared)
    assert reads == [prepared]
    assert repr(after) != repr_before
    assert after == read_guide(prepared) == load_guide(prepared)


def test_an_edit_behind_a_link_is_seen(tmp_path: Path, reads: list[Path]) -> None:
    """Content that is linked from elsewhere, as Kubernetes mounts it, is looked at itself."""
    real, mount = write(tmp_path / "real"), tmp_path / "mount"
    mount.mkdir()
    for folder in ("intents", "responses"):
        (mount / folder).symlink_to(real / folder)
    load_guide(mount)
    edit(real, "responses/en/intents.yaml", "There is no room.", "There is not any room.")
    assert load_guide(mount) == read_guide(real)
    assert reads == [mount, mount]


def test_what_says_nothing_is_not_read_anew(prepared: Path, reads: list[Path]) -> None:
    """The same bytes saved again, and files that are not content, change nothing."""
    (prepared / HELLO).write_bytes((prepared / HELLO).read_bytes())
    (prepared / "README.md").write_text("words", encoding="utf-8")
    load_guide(prepared)
    assert reads == []


def test_other_code_reads_anew(prepared: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What another version, or a changed module, would make of the same YAML is not guessed."""
    monkeypatch.setattr(compiled, "__version__", "0.0.0")
    load_guide(prepared)
    assert reads == [prepared]
    package = tmp_path / "bot"
    package.mkdir()
    for maker in compiled.MAKERS:
        (package / maker).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "bot" / maker, package / maker)
    monkeypatch.setattr(compiled, "__file__", str(package / "compiled.py"))
    load_guide(prepared)
    assert reads == [prepared]
    (package / "schemas" / "intents.py").write_text("# changed\n", encoding="utf-8")
    load_guide(prepared)
    assert reads == [prepared, prepared]


def test_what_is_saved_while_it_is_read_is_not_kept(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows whether the file was read before or after it was saved, so the next start reads again."""

    def slow(folder: Path) -> Guide:
        guide = read_guide(folder)
        edit(folder, HELLO, "ahoy there my friend", "ahoy there my fiend")
        return guide

    with monkeypatch.context() as patch:
        patch.setattr(reading, "read_guide", slow)
        load_guide(small)
    assert load_guide(small) == read_guide(small)


def test_mistakes_are_not_compiled(prepared: Path) -> None:
    """Content with errors is refused each time, and again after it was right once."""
    edit(prepared, HELLO, "kind: act", "kind: fact")
    for _ in range(2):
        with pytest.raises(ContentError):
            load_guide(prepared)


def test_check_reads_the_yaml_itself(prepared: Path) -> None:
    """`check` looks at the files, whatever was compiled."""
    edit(prepared, HELLO, "kind: act", "kind: fact")
    key = digest(prepared)
    assert key
    keep(prepared, key, EVERYTHING)
    assert load_guide(prepared) == EVERYTHING, "it would be believed"
    assert HELLO in [finding.file for finding in check_content(prepared)]


# --- what may happen to it --------------------------------------------------------------------------------------------


def _in_its_place(make: Callable[[Path], object]) -> Callable[[Path], object]:
    def put(path: Path) -> None:
        path.unlink()
        make(path)

    return put


DAMAGE: Final[dict[str, Callable[[Path], object]]] = {
    "empty": lambda path: path.write_bytes(b""),
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 9),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "too long": lambda path: path.write_bytes(path.read_bytes() + b" "),
    "no seal": lambda path: path.write_bytes(path.read_bytes().partition(b"\n")[2]),
    "another letter": lambda path: path.write_bytes(path.read_bytes().replace(b"Photos", b"PHOTOS")),
    "somebody's own": lambda path: path.write_bytes(path.read_bytes().partition(b"\n")[0] + b"\n{}"),
    "of other content": lambda path: keep(path.parents[1], "another key", EVERYTHING),
    "gone": Path.unlink,
    "the folder gone": lambda path: shutil.rmtree(path.parent),
    "a folder": _in_its_place(Path.mkdir),
    "a link to nowhere": _in_its_place(lambda path: path.symlink_to("nowhere")),
    "a link to itself": _in_its_place(lambda path: path.symlink_to(path)),
}


@pytest.mark.parametrize("harm", DAMAGE.values(), ids=DAMAGE)
def test_damage_does_no_harm(prepared: Path, reads: list[Path], harm: Callable[[Path], object]) -> None:
    """What is not whole, or not ours, is not used: the YAML is read instead."""
    harm(prepared / PLACE)
    assert load_guide(prepared) == read_guide(prepared) == load_guide(prepared)
    assert reads[0] == prepared


def test_no_single_bit_may_differ(prepared: Path) -> None:
    """Each bit, wherever it stands, is covered by the seal."""
    whole = (prepared / PLACE).read_bytes()
    key = digest(prepared)
    assert key
    assert kept(prepared, key, read_guide) is not None
    for place in range(0, len(whole), 97):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        (prepared / PLACE).write_bytes(flipped)
        assert kept(prepared, key, read_guide) is None, f"byte {place}"


def test_where_it_cannot_be_written(small: Path, reads: list[Path]) -> None:
    """Without a place for it each start reads the YAML, and nothing is said of it or left lying about."""
    (small / PLACE.parent).write_text("no folder", encoding="utf-8")
    before = sorted(small.iterdir())
    assert load_guide(small) == load_guide(small) == read_guide(small)
    assert reads == [small, small]
    assert sorted(small.iterdir()) == before


def test_a_full_disk(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written whole is not left half."""

    def full(path: Path, raw: bytes) -> int:
        with path.open("wb") as file:
            file.write(raw[: len(raw) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert load_guide(small) == read_guide(small)
    assert list((small / PLACE.parent).iterdir()) == []


def test_what_cannot_be_read_is_told_as_ever(prepared: Path) -> None:
    """A file that cannot be read is an error of the content, not of the compiling."""
    (prepared / "intents/folder.yaml").mkdir()
    assert digest(prepared) is None
    with pytest.raises(ContentError, match=r"intents/folder.yaml:1: the file cannot be read"):
        load_guide(prepared)


# --- the phrases, and what matching makes of them ----------------------------------------------------------------------


@pytest.fixture
def packed(prepared: Path) -> Path:
    """The small content, compiled, with what matching makes of it."""
    keep_matching(prepared, load_guide(prepared))
    assert (prepared / PACKED).is_file()
    return prepared


SAID: Final = ("one two three", "tick tock says the clok", "ahoy there my friend", "what is this, then", "")


def test_matching_is_the_same_from_the_disk(packed: Path) -> None:
    """A matcher of kept tables reads every text like one that was made of the phrases."""
    kept_one, made = Matcher(load_guide(packed)), Matcher(read_guide(packed))
    assert load_guide(packed).packed.keys() == {"words", "en"}
    assert [kept_one.read(text) for text in SAID] == [made.read(text) for text in SAID]
    assert kept_one.explain(SAID[1]).reading == made.explain(SAID[1]).reading


def test_matching_needs_no_phrases(packed: Path) -> None:
    """Once kept, the tables are all it needs: the phrases stay on the disk."""
    guide = load_guide(packed)
    (packed / PHRASES).unlink()
    (packed / "intents/hello.yaml").unlink()
    assert Matcher(guide).read(SAID[2]).intents == ("hello",)


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-9]), lambda path: path.write_bytes(b"")])
def test_damaged_phrases_are_read_anew(prepared: Path, reads: list[Path], harm: Callable[[Path], object]) -> None:
    """The phrases come from the YAML where their file is gone or damaged."""
    guide = load_guide(prepared)
    harm(prepared / PHRASES)
    reads.clear()
    assert guide == read_guide(prepared)
    assert reads == [prepared]


@pytest.mark.sampled
def test_no_damage_reaches_the_matching(packed: Path) -> None:
    """A block with any bit turned is not used; what it held is made of the phrases."""
    whole = (packed / PACKED).read_bytes()
    right = [Matcher(load_guide(packed)).read(text) for text in SAID]
    for place in sample(range(0, len(whole), max(len(whole) // 40, 1)), 4):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        (packed / PACKED).write_bytes(flipped)
        assert [Matcher(load_guide(packed)).read(text) for text in SAID] == right, f"byte {place}"


def test_changed_content_keeps_nothing_of_the_old(packed: Path) -> None:
    """After a change the tables are made of the new phrases; and an old guide is not kept under the new files."""
    old = load_guide(packed)
    edit(packed, HELLO, "ahoy there my friend", "good morrow to everybody")
    keep_matching(packed, replace(old, packed={}))
    new = load_guide(packed)
    assert not new.packed
    assert Matcher(new).read("good morrow to everybody").intents == ("hello",)
