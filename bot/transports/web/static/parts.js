// The parts of a message, as the server sends them, made into elements. Text stays text: nothing here can become markup.

import { word } from "./words.js";

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Each kind of part and how it is built. One that is not here is passed over.
const KINDS = {
  text: ({ items }) => element("p", {}, ...spans(items[0])),
  steps: ({ items, start }) => element("ol", start ? { start } : {}, ...items.map((item) => element("li", {}, ...spans(item)))),
  list: ({ items }) => element("ul", {}, ...items.map((item) => element("li", {}, ...spans(item)))),
  copy: ({ items }) => block(items[0].map((span) => span.text).join("")),
  picture,
  leaflet,
  fold: ({ parts }) => element("details", {}, element("summary", {}, word("web-more")), ...elements(parts)),
};

export function elements(parts) {
  return parts.filter((part) => part.kind in KINDS).map((part) => KINDS[part.kind](part));
}

function spans(listed) {
  return listed.map((span) => {
    const shown = span.path ? path(span.text) : span.text;
    return span.bold ? element("strong", {}, shown) : shown;
  });
}

// No <button>: that would not break across lines as the rest of the sentence does.
function path(text) {
  const button = element("span", { role: "button", tabindex: "0", class: "path", title: word("web-copy") }, text);
  button.addEventListener("click", async () => {
    await copy(text);
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1200);
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    button.click();
  });
  return button;
}

// Light or dark, as the page is. Where it does not come, the words that stand for it do.
function picture({ light, dark, alt, width, height }) {
  return element("picture", { class: "drawn" },
    element("source", { media: "(prefers-color-scheme: dark)", srcset: dark }),
    element("img", { src: light, alt, width, height, decoding: "async" }));
}

let fetched = () => Promise.reject(new Error("nothing fetches"));
export const fetches = (handler) => { fetched = handler; };

// A page of somebody's own: fetched with their token, and saved by a tap. Without it, its words are there to be copied.
function leaflet({ number, alt }) {
  const place = element("div", { class: "drawn leaflet" });
  const image = element("img", { alt, width: 1654, height: 2339 });
  fetched(`api/leaflet?number=${number}`).then((file) => {
    const address = URL.createObjectURL(file);
    image.src = address;
    place.append(image, element("a", { class: "key", href: address, download: "backup-medic.png" }, word("web-save")));
  }).catch(() => { place.replaceWith(block(alt)); });
  return place;
}

function block(text) {
  const button = element("button", { type: "button", class: "key" }, word("web-copy"));
  button.addEventListener("click", async () => {
    await copy(text);
    button.textContent = `✓ ${word("web-copied")}`;
    setTimeout(() => { button.textContent = word("web-copy"); }, 2000);
  });
  return element("div", { class: "block" }, element("pre", { dir: "auto" }, text), button);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyAsOfOld(text); // in a frame that may not, or without https
  }
  tell(word("web-copied"));
}

function copyAsOfOld(text) {
  const focused = document.activeElement;
  const area = element("textarea", { class: "unseen", readonly: "" });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  focused?.focus();
}

// Say something to those who do not see it; the same twice as well.
export function tell(text) {
  const said = document.getElementById("said");
  said.textContent = "";
  setTimeout(() => { said.textContent = text; }, 50);
}
