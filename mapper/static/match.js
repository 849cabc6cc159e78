// What makes looking together quicker. Without it every button posts the form and gets a whole page.
(() => {
  "use strict";
  // The same POST that the form would send; nothing of it ever stands in an address.
  const ask = async (form, button) => {
    const body = new URLSearchParams(new FormData(form));
    body.append(button.name, button.value);
    const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  // A swap or a removal changes the slate in place.
  let busy = false;
  document.addEventListener("submit", async (event) => {
    const button = event.submitter;
    const form = event.target;
    if (!button || !["swap", "remove", "add"].includes(button.name) && button.value !== "look") return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    const slate = document.getElementById("slate");
    const toggle = document.querySelector(".map-toggle");
    slate.setAttribute("aria-busy", "true");
    try {
      const fresh = (await ask(form, button)).getElementById("slate");
      if (!fresh) throw new Error("no slate");
      // The toggle of the map is wired already: it stays.
      fresh.querySelector(".map-toggle")?.replaceWith(toggle);
      const status = fresh.querySelector(".slate-status");
      const said = status.textContent;
      status.textContent = "";
      slate.replaceWith(fresh);
      wire();
      // Words that come after the element are read aloud; words that come with it are not.
      setTimeout(() => { status.textContent = said; }, 50);
      const where = button.value === "look" ? fresh.querySelector("#look") : fresh.querySelector("[data-new] h3") || fresh.querySelector("#slate-title");
      where?.focus();
      document.dispatchEvent(new Event("given-places"));
    } catch {
      slate.removeAttribute("aria-busy");
      const again = Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value });
      form.append(again);
      form.submit();
    } finally { busy = false; }
  });

  // The picture grows while one talks.
  const tell = document.getElementById("tell");
  const draw = document.getElementById("draw");
  if (tell && draw) {
    draw.hidden = true;
    let wait = 0;
    let turn = 0;
    tell.addEventListener("change", (event) => {
      if (!event.target.closest(".talk")) return;
      clearTimeout(wait);
      wait = setTimeout(async () => {
        const mine = ++turn;
        try {
          const fresh = (await ask(tell, draw)).getElementById("picture");
          if (fresh && mine === turn) document.getElementById("picture").replaceWith(fresh);
        } catch { draw.hidden = false; }
      }, 250);
    });
  }

  const wire = () => {
    const copy = document.getElementById("copy");
    if (copy && navigator.clipboard) {
      copy.hidden = false;
      copy.addEventListener("click", async () => {
        await navigator.clipboard.writeText(document.getElementById("as-text").value);
        document.getElementById("copy-status").textContent = copy.dataset.done;
      });
    }
  };
  wire();

  const print = document.getElementById("print-sheet");
  if (print) { print.hidden = false; print.addEventListener("click", () => window.print()); }
})();
