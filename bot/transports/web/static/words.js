// The page's own words, in the language of the conversation. The page comes with those of the browser's language.

const PLACES = [["data-text", "textContent"], ["data-label", "ariaLabel"], ["data-placeholder", "placeholder"]];
let words = {};
let wanted = "";

export const word = (key) => words[key] ?? "";

export async function speak(language) {
  if (!language || language === wanted) return;
  wanted = language;
  try {
    const answer = await fetch(`api/texts?language=${encodeURIComponent(language)}`, { credentials: "omit" });
    if (!answer.ok) throw new Error(answer.status);
    const news = await answer.json();
    if (wanted === language) put(news);
  } catch {
    wanted = ""; // the next message tries again
  }
}

function put({ language, direction, texts }) {
  words = texts;
  document.documentElement.lang = language;
  document.documentElement.dir = direction;
  for (const [attribute, property] of PLACES) {
    for (const place of document.querySelectorAll(`[${attribute}]`)) place[property] = word(place.getAttribute(attribute));
  }
}
