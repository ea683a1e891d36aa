// What the console does beyond plain pages: live regions, two keys, menus that close. All pages work without it.
"use strict";

// Server-sent events "changed" carry a JSON list of topics. Regions marked data-live="topic …" are fetched again from
// data-source, or from the page itself. A region in which somebody is typing is left alone until the next event.
(function live() {
  const source = document.body.dataset.stream;
  if (!source || !document.querySelector("[data-live]")) return;
  const waiting = new Set();
  let timer = 0;

  function isBusy(region) {
    const active = document.activeElement;
    return region.contains(active) && active.matches("input, textarea, select");
  }

  function refresh() {
    timer = 0;
    document.querySelectorAll("[data-live]").forEach((region) => {
      const topics = region.dataset.live.split(" ");
      if (!topics.some((topic) => topic === "*" || waiting.has(topic) || waiting.has("*")) || isBusy(region)) return;
      const selector = "#" + CSS.escape(region.id);
      const address = region.dataset.source || location.pathname + location.search;
      htmx.ajax("GET", address, {
        target: selector, swap: "outerHTML", select: selector, headers: { "x-live": "1" },
      });
    });
    waiting.clear();
  }

  const events = new EventSource(source);
  events.addEventListener("changed", (event) => {
    [].concat(JSON.parse(event.data)).forEach((topic) => waiting.add(topic));
    if (!timer) timer = setTimeout(refresh, 400);
  });
  window.addEventListener("pagehide", () => events.close());
})();

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus(null);
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "/") {
    const search = document.getElementById("search");
    if (!search) return;
    event.preventDefault();
    search.focus();
  }
  if (event.key === "?") document.getElementById("help")?.togglePopover?.();
});

function closeMenus(except) {
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (menu === except) return;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  });
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));

// A form is sent once, also when the button is pressed twice.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || event.defaultPrevented) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));

// On a phone the rail and the strips scroll sideways: each begins where the current page is in sight.
document.querySelectorAll(".rail ul, .tabs").forEach((strip) => {
  const current = strip.querySelector("[aria-current]")?.getBoundingClientRect();
  if (!current) return;
  strip.scrollLeft += current.left - strip.getBoundingClientRect().left - (strip.clientWidth - current.width) / 2;
});

// After a refused form the reader starts at its errors.
document.getElementById("error-summary")?.focus();
