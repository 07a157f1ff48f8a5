// The conversation: what the person does goes to the server, what comes back goes onto the screen.

import { keep } from "./keep.js";
import { Link, Refused, newId } from "./link.js";
import { fetches, tell } from "./parts.js";
import * as view from "./view.js";
import { speak, word } from "./words.js";

const DAY = 24 * 60 * 60;
const WRITING_AFTER = 250;
const STATES = { offline: "web-offline", crowded: "too-many" };
const wanted = new URLSearchParams(window.location.search).get("start") ?? "";
const text = document.getElementById("text");
const state = document.getElementById("state");
const now = () => Math.floor(Date.now() / 1000);

const link = new Link({ onNews: show, onState: showState, onLost: lose });
fetches((address) => link.file(address));
let pressing = 0; // the message whose button was pressed and is not answered yet
let asking = 0;

// --- what comes -----------------------------------------------------------------------------------------------------------

function show({ messages, language }) {
  speak(language);
  const first = view.last() === 0;
  const follow = first || pressing || view.atEnd();
  const apply = () => messages.filter((message) => view.put(message));
  let news = [];
  if (pressing) view.quietly(() => { news = apply(); });
  else news = apply();
  if (!news.length) return;
  markUnseen();
  if (follow) view.showEnd({ at: pressing ? view.live() ?? undefined : undefined, smooth: !first });
  if (pressing) view.focus(view.live());
}

function showState(name) {
  const said = name ? word(STATES[name]) : "";
  if (state.textContent !== said) state.textContent = said;
}

// The server knows this conversation no more: another one begins.
function lose() {
  keep.forget();
  view.clear();
  link.reset();
  begin();
}

// A mark in the tab's title for what came while nobody looked.
function markUnseen() {
  if (document.hidden) document.title = `● ${word("web-new")}`;
}
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.title = word("profile-name");
});

// --- what the person does ----------------------------------------------------------------------------------------------------

async function send(update) {
  asking += 1;
  const timer = setTimeout(() => {
    view.writing(true);
    tell(word("web-writing"));
  }, WRITING_AFTER);
  try {
    return await link.send({ id: newId(), ...update });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    showState("");
    state.textContent = word("web-trouble");
    return null;
  } finally {
    clearTimeout(timer);
    asking -= 1;
    if (!asking) view.writing(false);
  }
}

async function command(name, argument = "") {
  const answer = await send({ command: name, argument });
  if (answer?.goodbye) part(answer.goodbye);
  else view.showEnd();
}

async function speakUp(said) {
  const one = { id: newId(), text: said, after: view.last(), at: now(), pending: true };
  keep.add(one);
  view.own(one);
  view.showEnd();
  await deliver(one);
}

async function deliver(one) {
  const answer = await send({ id: one.id, text: one.text });
  if (answer?.goodbye) return part(answer.goodbye);
  keep.change(one.id, { pending: false });
  view.own({ ...one, pending: false });
  if (!answer) {
    keep.drop(one.id);
    view.unsay(one.id);
    text.value ||= one.text; // it is theirs to try again
  }
}

// Everything is forgotten: the goodbye stands alone, and whatever is said next begins anew.
function part(goodbye) {
  keep.forget();
  link.reset();
  view.clear();
  view.say(goodbye);
  text.focus();
}

view.pressed(async (press, card) => {
  pressing = card;
  await send({ press, card });
  pressing = 0;
  view.wake();
});

document.getElementById("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const said = text.value.trim();
  if (!said) return text.focus();
  text.value = "";
  text.focus();
  speakUp(said);
});

text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// An iPhone's keyboard covers the page instead of making it smaller; then the page does so itself, unless somebody has zoomed in.
const seen = window.visualViewport;
seen?.addEventListener("resize", () => {
  if (seen.scale !== 1) return;
  const follow = view.atEnd();
  document.body.style.blockSize = seen.height < window.innerHeight ? `${seen.height}px` : "";
  window.scrollTo(0, 0);
  if (follow) view.toEnd();
});

// --- the menu ---------------------------------------------------------------------------------------------------------------

const menu = document.getElementById("menu");
const menuButton = document.getElementById("menu-button");
const sure = document.getElementById("sure");

function openMenu(open) {
  menu.hidden = !open;
  menuButton.setAttribute("aria-expanded", String(open));
  if (open) menu.querySelector("button").focus();
}

menuButton.addEventListener("click", () => openMenu(menu.hidden));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (!menu.hidden) {
    openMenu(false);
    menuButton.focus();
  } else if (!sure.open) close();
});
document.addEventListener("click", (event) => {
  if (!menu.hidden && !event.target.closest(".menu")) openMenu(false);
});
menu.addEventListener("focusout", (event) => {
  if (event.relatedTarget && !event.relatedTarget.closest(".menu")) openMenu(false);
});
menu.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-command]")?.dataset.command;
  if (!chosen) return;
  openMenu(false);
  menuButton.focus();
  if (chosen === "forget") sure.showModal();
  else command(chosen);
});
sure.addEventListener("close", () => {
  if (sure.returnValue === "yes") command("forget");
  sure.returnValue = "";
});

// --- in a frame ---------------------------------------------------------------------------------------------------------------

// embed.js opened the frame, and can close it. What it is told is no secret, so anybody may hear it.
const framed = window.parent !== window && window.location.hash === "#framed";
function close() {
  if (framed) window.parent.postMessage("backup-medic:close", "*");
}
const closeButton = document.getElementById("close");
closeButton.hidden = !framed;
closeButton.addEventListener("click", close);

// --- to begin -------------------------------------------------------------------------------------------------------------------

function begin() {
  keep.start = wanted;
  return command("start", wanted);
}

// What was said before a reload: shown again, and sent if it never arrived. After a day the server may have forgotten that it did.
function recall() {
  for (const one of keep.words) {
    if (one.pending && now() - one.at > DAY) keep.drop(one.id);
    else view.own(one);
    if (one.pending && now() - one.at <= DAY) deliver(one);
  }
}

keep.onChange(() => {
  if (link.overtaken) window.location.reload();
  link.begun?.();
  for (const one of keep.words) view.own(one);
});

await speak(document.documentElement.lang);
recall();
if (!keep.token || (wanted && wanted !== keep.start)) begin();
link.listen();
