"""The web chat as people use it: the real bot as a process of its own, and a real Chromium in front of it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import APIResponse, Browser, Frame, Route, expect

from tests.chromium import DESKTOP, MISSING, PATIENCE, PHONE, Person, chromium, program, website
from tests.english_content import copy_english
from tests.running_bot import WebBot

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(program() is None, reason=MISSING),
]

STORAGE: Final = "There is not enough iCloud storage to back up this iPhone"
ANSWER: Final = "Your iCloud storage has no room for the next backup"
WIDTHS: Final = (320, 390, 768, 1280)
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
NO_STORAGE: Final = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('blocked', 'SecurityError'); } })"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def web(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebBot]:
    """A bot that serves the chat to everybody who comes, and must not complain."""
    async with WebBot(tmp_path_factory.mktemp("web")) as bot:
        await bot.ready()
        yield bot
    assert not bot.complaints


@pytest_asyncio.fixture(loop_scope="session")
async def ann(browser: Browser, web: WebBot) -> AsyncIterator[Person]:
    """Somebody on a phone, greeted; her browser must not complain either."""
    person = await (await Person.at(browser, web.address)).greeted()
    yield person
    assert not person.complaints
    await person.page.context.close()


async def violations(person: Person) -> list[str]:
    """What axe finds."""
    found = await Axe().run(person.page)
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found.response["violations"]]


async def in_frame(person: Person) -> Frame:
    """The chat that a site shows in a frame."""
    shown = await person.page.wait_for_selector("backup-medic iframe")
    frame = await shown.content_frame() if shown else None
    assert frame is not None
    return frame


# --- a conversation --------------------------------------------------------------------------------------------------------


async def test_a_whole_conversation_by_taps(ann: Person) -> None:
    """From the greeting to "It worked" by taps alone; the card is changed in its place, and there is never more than one."""
    await ann.taps("iCloud storage is full")
    taps = 0
    while "It worked" not in (labels := await ann.labels()):
        await ann.taps(labels[0])
        taps += 1
        assert taps < 20, "no fix was ever offered"
        assert len(await ann.bubbles()) == 1
    await ann.taps("It worked")
    await ann.sees("Your backup runs. Well done.")


async def test_what_is_written_is_answered_below(ann: Person) -> None:
    """Words get a bubble of their own, then a new card; the buttons of the old one are gone."""
    await ann.writes(STORAGE)
    await ann.sees(ANSWER)
    bubbles = await ann.bubbles()
    assert STORAGE in bubbles[1]
    assert len(bubbles) == 3
    await expect(ann.chat.locator(".rows")).to_have_count(1)


async def test_a_reload_in_the_middle(ann: Person, web: WebBot) -> None:
    """After a reload all stands as it stood, the person's own words too, and it goes on."""
    await ann.writes(STORAGE)
    before = await ann.bubbles()
    await ann.page.reload()
    await ann.greeted()
    assert await ann.bubbles() == before
    await ann.taps((await ann.labels())[0])
    kept = web.rows("SELECT reply FROM shown_message UNION ALL SELECT session FROM conversation")
    assert kept
    assert not any("not enough" in row[0] for row in kept), "their words are kept by their browser alone"


async def test_two_tabs(ann: Person, web: WebBot) -> None:
    """What happens in one tab is seen in the other, the words as well; both can go on."""
    other = await (await Person.at(ann.page.context, web.address)).greeted()
    await ann.writes(STORAGE)
    await other.sees(STORAGE)
    await other.sees(ANSWER)
    await other.taps((await other.labels())[0])
    await expect(ann.chat.locator(".bubble.live")).to_have_text(await other.card(), timeout=PATIENCE)
    assert await ann.bubbles() == await other.bubbles()
    assert not other.complaints


async def test_a_reminder_comes_while_the_page_is_open(browser: Browser, tmp_path: Path) -> None:
    """When its time has come, the bot asks again by itself."""
    async with WebBot(tmp_path) as bot:
        await bot.ready()
        ann = await (await Person.at(browser, bot.address)).greeted()
        await ann.writes("My backup is stuck at estimating time remaining")
        for _ in range(20):
            labels = await ann.labels()
            if "Ask me later" in labels:
                break
            await ann.taps("Didn't help" if "Didn't help" in labels else labels[0])
        await ann.chat.locator(".bubble.live .key").get_by_text("Ask me later", exact=True).click()
        await expect(ann.chat.locator(".bubble.live .key").get_by_text("Go on", exact=True)).to_be_visible(timeout=PATIENCE)
        await ann.taps((await ann.labels())[0])
        await ann.sees("I will ask you again")
        assert bot.write("UPDATE timer SET due = 1") == 1
        await ann.sees("You asked me to come back. Did it finish?")
        await ann.page.context.close()


# --- trouble on the way -------------------------------------------------------------------------------------------------------


async def test_the_server_is_killed_in_the_middle(browser: Browser, tmp_path: Path) -> None:
    """What is written while the server is gone is kept, sent when it is back, and answered once."""
    bot = WebBot(tmp_path)
    async with bot:
        await bot.ready()
        ann = await (await Person.at(browser, bot.address)).greeted()
        await bot.kill()
        await ann.types(STORAGE)
        await expect(ann.chat.locator("#state")).to_contain_text("No connection", timeout=PATIENCE)
        await expect(ann.chat.locator(".bubble.me.pending")).to_be_visible()
        await bot.start()
        await ann.sees(ANSWER)
        await expect(ann.chat.locator(".pending")).to_have_count(0, timeout=PATIENCE)
        await expect(ann.chat.locator("#state")).to_be_empty(timeout=PATIENCE)
        assert len(await ann.bubbles()) == 3
        await ann.page.context.close()


async def test_an_answer_that_gets_lost_is_not_doubled(ann: Person, web: WebBot) -> None:
    """The server has handled a message, and its answer never arrives: the page sends it again, and it counts once."""
    lost: list[APIResponse] = []

    async def lose_first(route: Route) -> None:
        if lost:
            await route.continue_()
        else:
            lost.append(await route.fetch())
            await route.abort()

    [(before,)] = web.rows("SELECT count(*) FROM shown_message")
    await ann.page.route("**/api/updates", lose_first)
    await ann.types(STORAGE)
    await expect(ann.chat.locator(".pending")).to_have_count(0, timeout=PATIENCE)
    await ann.sees(ANSWER)
    assert len(await ann.bubbles()) == 3
    assert lost[0].ok
    assert web.rows("SELECT count(*) FROM shown_message") == [(before + 1,)]
    ann.complaints.clear()  # the browser tells of the lost answer


async def test_what_a_reload_interrupts_is_sent_after_it(ann: Person) -> None:
    """Words that had not arrived when the page was loaded anew arrive then."""
    await ann.page.route("**/api/updates", lambda route: route.abort())
    await ann.types(STORAGE)
    await expect(ann.chat.locator(".pending")).to_be_visible()
    await ann.page.unroute("**/api/updates")
    await ann.page.reload()
    await ann.sees(ANSWER)
    assert len(await ann.bubbles()) == 3
    ann.complaints.clear()  # the browser tells of what was lost


async def test_a_slow_answer_shows_somebody_writing(ann: Person) -> None:
    """While an answer takes its time, three dots say so; then they are gone."""
    going = asyncio.Event()

    async def slowly(route: Route) -> None:
        await going.wait()
        await route.continue_()

    await ann.page.route("**/api/updates", slowly)
    await ann.types(STORAGE)
    await expect(ann.chat.locator("#typing")).to_be_visible()
    going.set()
    await ann.sees(ANSWER)
    await expect(ann.chat.locator("#typing")).to_be_hidden()


async def test_a_key_that_was_changed(browser: Browser, tmp_path: Path) -> None:
    """When the server knows a page's token no more, the conversation begins anew instead of failing."""
    bot = WebBot(tmp_path)
    async with bot:
        await bot.ready()
        ann = await (await Person.at(browser, bot.address)).greeted()
        await ann.writes(STORAGE)
        await bot.stop()
        bot.set(SECRET_KEY="another key that nobody knows")
        await bot.start()
        await expect(ann.chat.locator("#log")).not_to_contain_text(STORAGE, timeout=PATIENCE)
        await ann.sees("Hello. I help when")
        await ann.writes("Backup failed: poor network conditions")
        await ann.sees("Poor network")
        await ann.page.context.close()


@pytest.mark.parametrize("blocked", [False, True], ids=["storage", "no storage"])
async def test_embedded_in_another_site(browser: Browser, tmp_path: Path, blocked: bool) -> None:
    """One line of script puts the chat on a site that may have it, also where a frame may keep nothing; on others it stays out."""
    with ExitStack() as sites:
        folder = tmp_path / "site"
        folder.mkdir()
        guest, stranger = (sites.enter_context(website(folder)) for _ in range(2))
        async with WebBot(tmp_path, EMBED_ORIGINS=guest) as bot:
            await bot.ready()
            script = f"<script src='{bot.address}/embed.js' async data-label='Help with backups'></script>"
            head = "<!doctype html><html lang=en><link rel=icon href='data:,'><title>Guide</title>"
            (folder / "guide.html").write_text(f"{head}<main><h1>Guide</h1></main>{script}", encoding="utf-8")
            tabs = await browser.new_context(**PHONE)
            if blocked:
                await tabs.add_init_script(f"if (window.parent !== window) {NO_STORAGE}")
            ann = await Person.at(tabs, f"{guest}/guide.html")
            assert len(ann.page.frames) == 1, "who does not want it loads nothing"
            await ann.page.get_by_role("button", name="Help with backups").click()
            ann.chat = await in_frame(ann)
            await ann.greeted()
            await ann.writes(STORAGE)
            await ann.taps((await ann.labels())[0])
            await ann.chat.locator("#text").press("Escape")
            await expect(ann.page.get_by_role("button", name="Help with backups")).to_be_focused()
            assert await violations(ann) == []
            assert not ann.complaints
            refused = await Person.at(tabs, f"{stranger}/guide.html")
            await refused.page.get_by_role("button", name="Help with backups").click()
            await refused.page.wait_for_timeout(500)
            assert any("frame-ancestors" in complaint for complaint in refused.complaints)
            await tabs.close()


async def test_below_a_path_of_a_site(browser: Browser, web: WebBot) -> None:
    """A proxy may put the chat below any path: the page finds all that it needs there, and so does the script for other pages."""
    below = "http://help.example/chat/"
    tabs = await browser.new_context(**PHONE)

    async def forward(route: Route) -> None:
        headers = {**await route.request.all_headers(), "host": "help.example"}
        address = route.request.url.replace(below, f"{web.address}/")
        await route.fulfill(response=await route.fetch(url=address, headers=headers))

    await tabs.route("http://help.example/**", lambda route: route.fulfill(status=404))
    await tabs.route(f"{below}**", forward)
    ann = await (await Person.at(tabs, below)).greeted()
    await ann.writes(STORAGE)
    await ann.sees(ANSWER)
    assert not ann.complaints
    guide = f"<!doctype html><title>Guide</title><main></main><script src='{below}embed.js' data-start='poor-network'></script>"
    await tabs.route("http://help.example/guide", lambda route: route.fulfill(body=guide, content_type="text/html"))
    await ann.page.goto("http://help.example/guide")
    await ann.page.get_by_role("button", name="iPhone backup help").click()
    shown = await ann.page.wait_for_selector("backup-medic iframe")
    assert shown is not None
    assert await shown.get_attribute("src") == f"{below}?start=poor-network#framed"
    await tabs.unroute_all(behavior="ignoreErrors")  # its frame still waits for news
    await tabs.close()


# --- the menu --------------------------------------------------------------------------------------------------------------------


async def test_forgetting(browser: Browser, tmp_path: Path) -> None:
    """After a question, everything is gone: from the screen, the browser and the database; and it can begin anew."""
    async with WebBot(tmp_path) as bot:
        await bot.ready()
        ann = await (await Person.at(browser, bot.address)).greeted()
        await ann.writes(STORAGE)
        await ann.chooses("forget")
        await ann.chat.get_by_role("button", name="Cancel").click()
        await ann.sees(ANSWER)
        old = bot.rows("SELECT conversation FROM conversation")
        await ann.chooses("forget")
        await ann.chat.get_by_role("button", name="Delete everything", exact=True).click()
        await ann.sees("Everything about this conversation is deleted")
        assert len(await ann.bubbles()) == 1
        assert await ann.page.evaluate("localStorage.length") == 0
        for table in ("conversation", "shown_message", "timer", "poison", "reply_queue"):
            assert bot.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 - our own table names
        await ann.writes(STORAGE)
        await ann.sees(ANSWER)
        assert bot.rows("SELECT conversation FROM conversation") != old
        assert not ann.complaints
        await ann.page.context.close()


async def test_forgetting_reaches_the_other_tab(ann: Person, web: WebBot) -> None:
    """The other tab begins anew as well: no word of before stays on its screen."""
    other = await (await Person.at(ann.page.context, web.address)).greeted()
    await ann.writes(STORAGE)
    await other.sees(STORAGE)
    await ann.chooses("forget")
    await ann.chat.get_by_role("button", name="Delete everything", exact=True).click()
    await expect(other.chat.locator("#log")).not_to_contain_text(STORAGE, timeout=PATIENCE)


async def test_another_language(ann: Person) -> None:
    """The language is chosen on a card; then the page itself speaks it, too."""
    await ann.chooses("language")
    await ann.sees("Deutsch")
    await ann.taps("Deutsch")
    await expect(ann.chat.locator("html")).to_have_attribute("lang", "de")
    await expect(ann.chat.locator("#text")).to_have_attribute("placeholder", "Nachricht schreiben")


async def test_starting_over_and_what_is_kept(ann: Person) -> None:
    """The rest of the menu does what it says."""
    await ann.writes(STORAGE)
    await ann.chooses("privacy")
    await ann.sees("no words, no pictures")
    await ann.chooses("restart")
    await ann.sees("We start over.")


async def test_copying(ann: Person) -> None:
    """A path through Settings and the summary for Apple Support are copied by a tap, or by the keyboard."""
    await ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ann.writes(STORAGE)
    path = ann.chat.locator(".path:visible").first
    await path.click()
    assert await ann.page.evaluate("navigator.clipboard.readText()") == await path.text_content()
    await ann.page.evaluate("navigator.clipboard.writeText('')")
    await path.press("Enter")
    await expect(ann.chat.locator("#said")).to_have_text("Copied")
    assert await ann.page.evaluate("navigator.clipboard.readText()") == await path.text_content()
    await ann.taps((await ann.labels())[0])
    await ann.writes("talk to a person")
    await ann.chat.locator(".block button").click()
    assert "iCloud" in await ann.page.evaluate("navigator.clipboard.readText()")


async def test_what_is_folded_opens(ann: Person) -> None:
    """The reason for a fix is out of sight until somebody taps, or presses Enter, to see more; so once more."""
    await ann.writes(STORAGE)
    fold = ann.chat.locator(".bubble.live details").last
    reason = fold.get_by_text("Why this one?")
    await expect(reason).to_be_hidden()
    more = fold.get_by_text("Show more")
    await more.click()
    await expect(reason).to_be_visible()
    await more.press("Enter")
    await expect(reason).to_be_hidden()


async def test_a_link_to_one_problem(browser: Browser, web: WebBot) -> None:
    """A link can begin with a problem; a reload does not begin it again."""
    ann = await (await Person.at(browser, f"{web.address}/?start=poor-network")).greeted()
    await ann.sees("Poor network")
    before = await ann.bubbles()
    await ann.page.reload()
    await ann.greeted()
    assert await ann.bubbles() == before
    await ann.page.context.close()


# --- for everybody ------------------------------------------------------------------------------------------------------------------


async def test_accessible(browser: Browser, web: WebBot) -> None:
    """The tool axe has nothing to complain of, light or dark: on the card, in the menu, in the question before everything is deleted."""
    ann = await (await Person.at(browser, web.address, reduced_motion="reduce")).greeted()
    await ann.writes(STORAGE)
    await ann.writes("talk to a person")
    for opened in ("", "#menu-button", "[data-command=forget]"):
        if opened:
            await ann.chat.locator(opened).click()
        for scheme in SCHEMES:
            await ann.page.emulate_media(color_scheme=scheme)
            assert await violations(ann) == []
    await ann.page.context.close()


async def test_dark_where_the_person_wants_it_dark(ann: Person) -> None:
    """The page follows what the system asks for."""
    grounds = []
    for scheme in SCHEMES:
        await ann.page.emulate_media(color_scheme=scheme)
        grounds.append(await ann.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    light, dark = (sum(int(part) for part in ground[4:-1].split(",")) for ground in grounds)
    assert light > 3 * 200 > 3 * 50 > dark


async def test_less_motion(browser: Browser, web: WebBot) -> None:
    """Who asks for less motion sees none."""
    ann = await (await Person.at(browser, web.address, reduced_motion="reduce")).greeted()
    assert await ann.page.evaluate("getComputedStyle(document.querySelector('.bubble')).animationName") == "none"
    await ann.page.context.close()


async def test_fits(ann: Person) -> None:
    """On a small phone and on a desktop nothing is cut off to the side, and what is tapped is large enough for a thumb."""
    await ann.writes(STORAGE)
    for width in WIDTHS:
        await ann.page.set_viewport_size({"width": width, "height": 700})
        assert await ann.page.evaluate("window.innerWidth") == width
        assert await ann.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        boxes = [await key.bounding_box() for key in await ann.chat.locator(".bubble.live .key, #send, #menu-button").all()]
        assert boxes
        for box in boxes:
            assert box is not None
            assert box["height"] >= 44
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width


async def test_by_keyboard_alone(browser: Browser, web: WebBot) -> None:
    """All can be done with keys: the focus is seen, stays in the card that is changed, and comes back from the menu."""
    ann = await (await Person.at(browser, web.address, **DESKTOP)).greeted()
    await ann.chat.locator(".bubble.live .key").first.focus()
    await ann.page.keyboard.press("Enter")
    await expect(ann.chat.locator(".bubble.live")).to_be_focused(timeout=PATIENCE)
    await ann.page.keyboard.press("Tab")
    inside = "document.querySelector('.bubble.live').contains(document.activeElement)"
    assert await ann.page.evaluate(inside)
    assert await ann.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    await ann.chat.locator("#menu-button").press("Enter")
    await expect(ann.chat.locator("#menu button").first).to_be_focused()
    await ann.page.keyboard.press("Escape")
    await expect(ann.chat.locator("#menu-button")).to_be_focused()
    await expect(ann.chat.locator("#menu")).to_be_hidden()
    await ann.page.context.close()


async def test_said_to_a_screen_reader(ann: Person) -> None:
    """The conversation is a log that is read as it grows; each bubble says whose it is."""
    await ann.writes(STORAGE)
    log = ann.chat.get_by_role("log")
    await expect(log).to_have_attribute("aria-live", "polite")
    bubbles = await log.get_by_role("article").all_text_contents()
    assert [bubble.partition(":")[0] for bubble in bubbles] == ["Backup Medic", "You", "Backup Medic"]


async def test_from_right_to_left(browser: Browser, tmp_path: Path) -> None:
    """Hebrew words run from the right in their bubble; in a language of that kind, the whole page is mirrored."""
    content = copy_english(tmp_path / "content")
    shutil.copytree(content / "responses" / "en", content / "responses" / "ar")
    async with WebBot(tmp_path, CONTENT_DIR=str(content)) as bot:
        await bot.ready()
        for locale, mirrored in (("en-GB", False), ("ar-EG", True)):
            ann = await (await Person.at(browser, bot.address, locale=locale)).greeted()
            await ann.writes("אין מספיק מקום")
            mine = ann.chat.locator(".bubble.me")
            assert await mine.evaluate("(bubble) => getComputedStyle(bubble).direction") == "rtl"
            his, hers = await ann.chat.locator(".bubble.bot").first.bounding_box(), await mine.bounding_box()
            assert his is not None
            assert hers is not None
            assert (hers["x"] < his["x"]) is mirrored
            await expect(ann.chat.locator("html")).to_have_attribute("dir", "rtl" if mirrored else "ltr")
            await ann.page.context.close()


@pytest.fixture(autouse=True)
def _unhurried() -> None:
    expect.set_options(timeout=PATIENCE)


# --- pictures ------------------------------------------------------------------------------------------------------------------


async def painted(person: Person, image: str) -> list[int]:
    """Width and height of a picture, once it is there."""
    async with asyncio.timeout(PATIENCE / 1000):
        while not (found := await person.chat.locator(image).evaluate("(one) => [one.naturalWidth, one.naturalHeight]"))[0]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return list(found)


async def test_show_me(ann: Person) -> None:
    """The picture of a fix stands above its steps, light or dark as the page is, with the steps for who does not see it."""
    await ann.writes("iCloud Backup Off")
    await ann.writes("can you show me a picture?")
    image = ann.chat.locator("picture.drawn img")
    for scheme in SCHEMES:
        await ann.page.emulate_media(color_scheme=scheme)
        width, height = await painted(ann, "picture.drawn img")
        assert width == 1080
        assert await image.get_attribute("height") == str(height)
        assert "1. Open Settings › [your name] › iCloud › iCloud Backup" in (await image.get_attribute("alt") or "")
        address = await image.evaluate("(one) => one.currentSrc")
        assert address.endswith(f"-{scheme}.png")
        answer = await ann.page.request.get(address)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert (await ann.page.request.get(address.replace("enable", "wifi"))).status == 404
        assert await violations(ann) == []
    assert "It worked" in await ann.labels(), "the card above is the live one still"


async def test_a_page_for_the_shop(ann: Person, web: WebBot) -> None:
    """The summary comes as a page that is seen and saved, after a reload too; nobody else can have it, and nobody keeps it."""
    await ann.writes("iCloud Backup Off")
    await ann.taps("Didn't help")
    await ann.chooses("tried")
    await ann.sees("What you tried so far")
    await ann.chat.locator(".bubble.live .key").get_by_text("A page for the shop", exact=True).click()
    assert await painted(ann, ".leaflet img") == [1654, 2339]
    assert "did not help" in (await ann.chat.locator(".leaflet img").get_attribute("alt") or "")
    async with ann.page.expect_download() as saving:
        await ann.chat.get_by_role("link", name="Save the page").click()
    saved = await saving.value
    assert saved.suggested_filename == "backup-medic.png"
    assert await violations(ann) == []
    number = await ann.newest()
    assert (await ann.page.request.get(f"{web.address}/api/leaflet?number={number}")).status == 401
    await ann.page.reload()
    await ann.greeted()
    assert await painted(ann, ".leaflet img") == [1654, 2339]


async def test_a_page_that_does_not_come(ann: Person) -> None:
    """Where it cannot be fetched its words are there, to be copied."""
    await ann.page.route("**/api/leaflet*", lambda route: route.fulfill(status=404))
    await ann.writes("iCloud Backup Off")
    await ann.taps("Didn't help")
    await ann.chooses("tried")
    await ann.sees("What you tried so far")
    await ann.chat.locator(".bubble.live .key").get_by_text("A page for the shop", exact=True).click()
    await expect(ann.chat.locator(".block pre")).to_contain_text("did not help")
    ann.complaints.clear()  # the browser tells of the answer
