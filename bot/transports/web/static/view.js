// What is on the screen: bubbles in their order, the live card that is changed in place, and where the eye and the focus go.

import { element, elements } from "./parts.js";
import { word } from "./words.js";

const log = document.getElementById("log");
const scroller = document.getElementById("scroller");
const typing = document.getElementById("typing");
const NEAR = 120; // pixels from the end that count as being there
const GAP = 8; // pixels between two bubbles, as in chat.css

// onPress: called with a button's data and the number of the message that it stands under.
let onPress = () => {};
export const pressed = (handler) => { onPress = handler; };

const bubbles = new Map();

// --- messages of the bot -------------------------------------------------------------------------------------------------

// Show a message, or what has become of it. Whether it was news.
export function put(message) {
  const known = bubbles.get(message.number);
  if (known && known.revision >= message.revision) return false;
  const bubble = known?.bubble ?? placed(element("article", { class: "bubble bot new", tabindex: "-1" }), message.number);
  bubbles.set(message.number, { bubble, revision: message.revision });
  fill(bubble, message);
  return true;
}

// Show a message that is kept nowhere.
export function say(message) {
  const bubble = element("article", { class: "bubble bot new", tabindex: "-1" });
  fill(bubble, { ...message, rows: [], at: Date.now() / 1000 });
  log.append(bubble);
}

function fill(bubble, message) {
  bubble.lang = message.language;
  bubble.dir = "auto";
  bubble.classList.toggle("live", message.rows.length > 0);
  const focused = bubble.contains(document.activeElement);
  bubble.replaceChildren(sender("profile-name"), ...elements(message.parts), ...rows(message), time(message.at));
  if (focused) bubble.focus({ preventScroll: true });
}

function rows(message) {
  if (!message.rows.length) return [];
  const all = element("div", { class: "rows" }, ...message.rows.map((row) => element("div", { class: "row" }, ...row.map(key))));
  all.addEventListener("click", (event) => {
    const button = event.target.closest(".key");
    if (!button || all.classList.contains("busy")) return;
    all.classList.add("busy");
    button.classList.add("pressed");
    for (const one of all.querySelectorAll(".key")) one.setAttribute("aria-disabled", "true");
    onPress(button.dataset.press, message.number);
  });
  return [all];
}

function key({ label, press, style }) {
  return element("button", { type: "button", class: `key ${style}`.trim(), "data-press": press }, label);
}

// Buttons that were pressed without success can be pressed again.
export function wake() {
  for (const all of log.querySelectorAll(".rows.busy")) {
    all.classList.remove("busy");
    for (const one of all.querySelectorAll(".key")) {
      one.removeAttribute("aria-disabled");
      one.classList.remove("pressed");
    }
  }
}

function time(at) {
  const moment = new Date(at * 1000);
  const today = moment.toDateString() === new Date().toDateString();
  const form = { hour: "numeric", minute: "2-digit", ...(today ? {} : { day: "numeric", month: "short" }) };
  return element("time", { datetime: moment.toISOString(), dir: "auto" }, moment.toLocaleString(place(), form));
}

// How the person writes times: as their browser does, if that is in the language of the page.
function place() {
  const { lang } = document.documentElement;
  return navigator.language.split("-")[0] === lang.split("-")[0] ? navigator.language : lang;
}

// --- the person's own words --------------------------------------------------------------------------------------------------

// Show what the person said, below the message that was the last then; or what has become of it.
export function own({ id, text, after, at, pending }) {
  const known = log.querySelector(`[data-word="${id}"]`);
  const bubble = known ?? placed(element("article", { class: "bubble me new", dir: "auto", "data-word": id }), after + 0.5);
  bubble.classList.toggle("pending", Boolean(pending));
  if (!known) bubble.append(sender("web-you"), text, time(at));
}

// Who says it, for those who do not see it. With a direction of its own: that of the bubble goes by what is said.
function sender(key) {
  return element("span", { class: "unseen", dir: "auto" }, `${word(key)}: `);
}

export function unsay(id) {
  log.querySelector(`[data-word="${id}"]`)?.remove();
}

// The number of the last message, or 0.
export const last = () => Math.max(0, ...bubbles.keys());

export function clear() {
  bubbles.clear();
  log.replaceChildren();
}

// Put a bubble behind all whose place is no later than its own.
function placed(bubble, place) {
  bubble.dataset.place = place;
  const next = Array.from(log.children).find((other) => Number(other.dataset.place) > place);
  log.insertBefore(bubble, next ?? null);
  return bubble;
}

// --- where one looks ---------------------------------------------------------------------------------------------------------

export function atEnd() {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
}

// Bring the end into sight; of a last message that is higher than the screen, its beginning.
export function showEnd({ at = log.lastElementChild, smooth = true } = {}) {
  if (!at) return;
  const top = at.offsetTop - GAP;
  const end = scroller.scrollHeight - scroller.clientHeight;
  scroller.scrollTo({ top: Math.min(top, end), behavior: smooth ? "auto" : "instant" });
}

export function toEnd() {
  scroller.scrollTo({ top: scroller.scrollHeight, behavior: "instant" });
}

// The card that can be pressed.
export const live = () => log.querySelector(".bubble.live");

// Give a card the focus and read it by that, not by the log as well.
export function focus(bubble) {
  bubble?.focus({ preventScroll: true });
}

export function quietly(change) {
  log.setAttribute("aria-live", "off");
  change();
  setTimeout(() => log.setAttribute("aria-live", "polite"), 300);
}

export function writing(now) {
  const follow = atEnd();
  typing.hidden = !now;
  if (now && follow) scroller.scrollTo({ top: scroller.scrollHeight });
}
