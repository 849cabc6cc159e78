// Small things that help where JavaScript runs. Everything else on the page works without.
(() => {
  "use strict";
  const wide = matchMedia("(min-width: 62rem)");
  const add = (name, about) => document.head.append(Object.assign(document.createElement(name), about));

  const later = window.requestIdleCallback || ((work) => setTimeout(work, 200));

  // The map: at once where there is room beside the list, on a tap elsewhere, so that a phone pays only for what it shows.
  const map = document.getElementById("map");
  let started = false;
  const startMap = () => {
    if (started) return;
    started = true;
    const files = document.getElementById("map_mapper").dataset;
    add("script", { src: files.script });
    add("link", { rel: "stylesheet", href: files.styles });
  };

  const ready = () => {
    // Leaving at once: the page blanks, the weather takes its place in the history.
    const leave = document.getElementById("leave");
    const go = () => { document.body.hidden = true; location.replace(leave.href); };
    leave.addEventListener("click", (event) => { event.preventDefault(); go(); });
    let escapes = [];
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") { escapes = []; return; }
      escapes = [...escapes.filter((at) => event.timeStamp - at < 1500), event.timeStamp];
      if (escapes.length >= 3) go();
    });

    const toggle = document.querySelector(".map-toggle");
    // Beside the list where there is room; on a phone just above it.
    const put = () => {
      const home = document.getElementById("main");
      if (!wide.matches && toggle) toggle.parentElement.after(map); else if (map.parentElement !== home) home.append(map);
      if (wide.matches) startMap();
    };
    const show = (open) => {
      map.classList.toggle("open", open);
      if (!toggle) return;
      toggle.setAttribute("aria-expanded", String(open));
      const words = toggle.dataset.close;
      if (open !== (toggle.dataset.isOpen === "1")) {
        toggle.dataset.close = toggle.textContent;
        toggle.textContent = words;
        toggle.dataset.isOpen = open ? "1" : "";
      }
      if (open) startMap();
    };
    if (map) {
      if (toggle) {
        toggle.hidden = false;
        toggle.addEventListener("click", () => show(toggle.getAttribute("aria-expanded") !== "true"));
      }
      put();
      wide.addEventListener("change", put);
      if (!wide.matches && location.hash === "#map") show(true);
    }

    // Near me: asked only on a tap, rounded before it is sent.
    const near = document.getElementById("near-me");
    if (near && navigator.geolocation) {
      const status = document.getElementById("near-status");
      near.hidden = false;
      near.addEventListener("click", () => {
        near.disabled = true;
        navigator.geolocation.getCurrentPosition(({ coords }) => {
          const form = near.form;
          const field = form.elements.near || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "near" }));
          field.value = `${coords.longitude.toFixed(3)},${coords.latitude.toFixed(3)}`;
          form.requestSubmit();
        }, () => { near.disabled = false; status.textContent = status.dataset.failed; }, { timeout: 10000, maximumAge: 60000 });
      });
    }

    // Empty fields stay out of the address, so that it is short enough to share.
    const search = document.querySelector(".search");
    if (search) {
      search.addEventListener("submit", () => {
        for (const field of search.elements) if (field.name && !field.value) field.disabled = true;
      });
      addEventListener("pageshow", () => { for (const field of search.elements) field.disabled = false; });
    }

    // Suggestions while one types come last: nobody has typed anything yet.
    const box = document.querySelector("[data-suggest]");
    const helpTyping = () => { add("link", { rel: "stylesheet", href: box.dataset.styles }); add("script", { src: box.dataset.script }); };
    if (box) { if (document.readyState === "complete") helpTyping(); else addEventListener("load", () => later(helpTyping)); }

    const print = document.getElementById("print");
    if (print) { print.hidden = false; print.addEventListener("click", () => window.print()); }
  };
  ready();
})();
