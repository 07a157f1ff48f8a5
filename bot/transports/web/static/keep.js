// What the page remembers: the token, and the person's own words, which the server does not keep. In localStorage, so that it
// outlives a reload and is shared by tabs; where the browser allows none, in memory for as long as the page is open.

const KEY = "backup-medic";
const MOST_WORDS = 60;
const NOTHING = { token: "", start: "", words: [] };
let unkept = NOTHING;

function storage() {
  try {
    window.localStorage.setItem(`${KEY}-try`, "");
    window.localStorage.removeItem(`${KEY}-try`);
    return window.localStorage;
  } catch {
    return null;
  }
}

const store = storage();

function load() {
  if (!store) return unkept;
  try {
    return { ...NOTHING, ...JSON.parse(store.getItem(KEY) ?? "{}") };
  } catch {
    return NOTHING;
  }
}

function save(change) {
  const state = { ...load(), ...change };
  unkept = state;
  try {
    store?.setItem(KEY, JSON.stringify(state));
  } catch {
    // Full: what is in memory has to do.
  }
}

export const keep = {
  get token() { return load().token; },
  set token(token) { save({ token }); },

  // The entry that the page was opened for, so that a reload does not ask for it again.
  get start() { return load().start; },
  set start(start) { save({ start }); },

  // Each with its id, its text, the number of the message that it stands below, when it was said, and whether it still is to be sent.
  get words() { return load().words; },
  add(word) { save({ words: [...load().words, word].slice(-MOST_WORDS) }); },
  change(id, change) { save({ words: load().words.map((word) => (word.id === id ? { ...word, ...change } : word)) }); },
  drop(id) { save({ words: load().words.filter((word) => word.id !== id) }); },

  forget() {
    unkept = NOTHING;
    store?.removeItem(KEY);
  },

  // Tell when another tab has changed something.
  onChange(tell) {
    window.addEventListener("storage", (event) => {
      if (event.key === KEY || event.key === null) tell();
    });
  },
};
