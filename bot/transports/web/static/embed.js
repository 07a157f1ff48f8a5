// For other websites: <script src="https://…/embed.js" async></script> puts a button into the corner that opens the chat.
// data-label: the button's words. data-title: the frame's name. data-start: the problem to begin with.

(() => {
  const script = document.currentScript;
  const home = new URL(".", script.src); // the chat's own address, which may have a path
  const { label = "iPhone backup help", title = "Backup Medic", start = "" } = script.dataset;
  const STYLE = `
    :host { all: initial; }
    button {
      position: fixed; z-index: 2147483000; inset-block-end: max(16px, env(safe-area-inset-bottom)); inset-inline-end: 16px;
      display: flex; align-items: center; gap: 10px; min-height: 48px; padding: 10px 18px 10px 12px; border: 0; border-radius: 26px;
      background: #0b5fd0; color: #fff; font: 600 16px/1.2 system-ui, sans-serif; cursor: pointer; box-shadow: 0 4px 18px rgb(0 0 0 / 28%);
    }
    button:focus-visible { outline: 3px solid #0b5fd0; outline-offset: 3px; }
    svg { width: 26px; height: 26px; }
    div {
      position: fixed; z-index: 2147483000; inset-block-end: 16px; inset-inline-end: 16px; overflow: hidden; background: Canvas;
      color-scheme: light dark; width: min(400px, calc(100vw - 32px)); height: min(680px, calc(100vh - 32px)); border-radius: 20px;
      box-shadow: 0 10px 44px rgb(0 0 0 / 32%);
    }
    iframe { width: 100%; height: 100%; border: 0; }
    [hidden] { display: none !important; }
    @media (max-width: 520px) { div { inset: 0; width: 100%; height: 100%; border-radius: 0; } }
  `;

  function icon() {
    const SVG = "http://www.w3.org/2000/svg";
    const drawing = document.createElementNS(SVG, "svg");
    const cloud = document.createElementNS(SVG, "path");
    drawing.setAttribute("viewBox", "0 0 24 24");
    drawing.setAttribute("aria-hidden", "true");
    cloud.setAttribute("fill", "#fff");
    cloud.setAttribute("d", "M7.5 18a4.5 4.5 0 0 1-.6-8.96 6 6 0 0 1 11.6.9A4.1 4.1 0 0 1 18 18Z");
    drawing.append(cloud);
    return drawing;
  }

  function make(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function build() {
    const host = make("backup-medic", {});
    const inside = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    inside.adoptedStyleSheets = [sheet];
    const button = make("button", { type: "button", "aria-expanded": "false" }, icon(), label);
    const panel = make("div", { hidden: "" });
    inside.append(button, panel);
    document.body.append(host);
    let frame = null;

    function show(open) {
      if (open && !frame) { // not before: who does not want it loads nothing
        const address = new URL(`${start ? `?start=${encodeURIComponent(start)}` : ""}#framed`, home);
        frame = make("iframe", { src: address, title, allow: "clipboard-write" });
        panel.append(frame);
      }
      panel.hidden = !open;
      button.hidden = open;
      button.setAttribute("aria-expanded", String(open));
      (open ? frame : button).focus();
    }

    button.addEventListener("click", () => show(true));
    window.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !panel.hidden) show(false);
    });
    window.addEventListener("message", (event) => {
      if (event.origin === home.origin && event.source === frame?.contentWindow && event.data === "backup-medic:close") show(false);
    });
  }

  if (document.body) build();
  else document.addEventListener("DOMContentLoaded", build);
})();
