// Suggestions while one types: a combobox with a list box (WAI-ARIA authoring practices). Without them the box works as ever.
(() => {
  "use strict";
  const box = document.querySelector("[data-suggest]");
  const make = (name, attributes, ...inside) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...inside);
    return element;
  };
  const list = make("div", { id: "q-list", role: "listbox", "aria-label": box.dataset.label, hidden: "" });
  box.after(list);
  box.type = "text"; // a search field may not be a combobox
  for (const [key, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) box.setAttribute(key, value);
  let options = [], active = -1, asking = null, waiting = 0;
  const open = (is) => { list.hidden = !is; box.setAttribute("aria-expanded", String(is)); if (!is) choose(-1); };
  const choose = (number) => {
    active = number;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === active)));
    if (active < 0) { box.removeAttribute("aria-activedescendant"); return; }
    box.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest" });
  };
  const take = (option) => { box.value = option.textContent; open(false); box.form.requestSubmit(); };
  const show = (groups) => {
    options = [];
    list.replaceChildren(...groups.map(({ kind, label, suggestions }) => make(
      "ul", { role: "group", "aria-labelledby": `q-${kind}` }, make("li", { role: "presentation", id: `q-${kind}` }, label),
      ...suggestions.map(({ words }) => {
        const option = make("li", { role: "option", id: `q-option-${options.length}`, "aria-selected": "false" }, words);
        option.addEventListener("click", () => take(option));
        options.push(option);
        return option;
      }))));
    active = -1;
    open(options.length > 0);
  };
  const ask = async () => {
    asking?.abort();
    if (box.value.trim().length < 2) { open(false); return; }
    asking = new AbortController();
    const address = new URL(box.dataset.suggest, location.href);
    address.searchParams.set("q", box.value);
    try {
      const answer = await fetch(address, { signal: asking.signal, credentials: "omit" });
      if (answer.ok && document.activeElement === box) show(await answer.json());
    } catch { /* The next letter asks again; the search itself needs none of this. */ }
  };
  box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });
  box.addEventListener("blur", () => open(false));
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the box
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.hidden) { event.preventDefault(); ask(); }
    else if (step) {
      event.preventDefault();
      // One more place than there are options: that of the words as typed.
      const places = options.length + 1;
      choose((active + 1 + step + places) % places - 1);
    } else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); open(false); }
    else if (event.key === "Enter" && active >= 0) { event.preventDefault(); take(options[active]); }
  });
})();
