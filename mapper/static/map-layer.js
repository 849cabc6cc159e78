// Draws places, outlines and their names on folium's map. Words from the inventory are only ever text, never HTML.
"use strict";
var mapper = (() => {
  const element = (name, classes, words) => {
    const made = document.createElement(name);
    made.className = classes;
    if (words !== undefined) made.textContent = words;
    return made;
  };
  // Views are widened to a grid, so that small moves ask for an address that is already at hand.
  const boxOf = (map) => {
    const bounds = map.getBounds();
    const step = 180 / 2 ** Math.round(map.getZoom());
    const out = (degrees, round) => +(round(degrees / step) * step).toFixed(5);
    return [out(bounds.getWest(), Math.floor), out(bounds.getSouth(), Math.floor), out(bounds.getEast(), Math.ceil), out(bounds.getNorth(), Math.ceil)].join(",");
  };
  const NEIGHBOURHOODS_FROM = 14;
  // What stands in the page itself: the marks of the first view; or all there is to draw, and then no address ever
  // tells which places or which part of the city it is.
  const block = (id) => JSON.parse(document.getElementById(id)?.textContent || "null");
  const given = () => block("given-places");
  // Marks are what one came for: what stands under and around them waits until the processor has a moment.
  const later = window.requestIdleCallback || ((work) => setTimeout(work, 200));

  const Layer = L.Layer.extend({
    initialize(options) { L.setOptions(this, options); this._marks = new Map(); },

    onAdd(map) {
      this._map = map;
      const home = map.getContainer();
      this._words = JSON.parse(home.dataset.words);
      this._language = document.documentElement.lang;
      this._status = home.parentElement.querySelector(".map-status");
      L.control.zoom({ zoomInTitle: this._words.in, zoomOutTitle: this._words.out }).addTo(map);
      this._outlines = L.layerGroup().addTo(map);
      this._streets = L.layerGroup().addTo(map);
      map.on("moveend", () => { if (!this._begun) return; clearTimeout(this._wait); this._wait = setTimeout(() => this._moved(), 120); this._thinNames(); });
      map.on("zoomend", () => this._zoomed());
      document.addEventListener("given-places", () => this._places());
      home.addEventListener("keydown", (event) => { if (event.key === "Escape") this._close(); });
      this._followTheList();
      // The style sheet may come after this script: without a height there is nothing to fit yet.
      new ResizeObserver(() => { if (this._begun) map.invalidateSize({ pan: false }); else this._begin(); }).observe(home);
      this._begin();
      return this;
    },

    _begin() {
      const map = this._map;
      const home = map.getContainer();
      if (!home.clientHeight) return;
      map.invalidateSize({ animate: false });
      const [west, south, east, north] = home.dataset.bbox.split(",").map(Number);
      map.fitBounds([[south, west], [north, east]], { animate: false });
      this._begun = true;
      if (given()) this._places(); else this._show(block("first-marks").features);
      this._json(this.options.municipalities)
        .then((found) => later(() => this._draw(found, this._outlines, "municipality")))
        .catch(() => {});
      this._zoomed();
      this._near();
    },

    onRemove() { for (const mark of this._marks.values()) mark.remove(); },

    async _json(url, signal) {
      const answer = await fetch(url, { signal, credentials: "same-origin" });
      if (!answer.ok) throw new Error(answer.status);
      return answer.json();
    },

    _address(changes) {
      const asked = new URLSearchParams(this._map.getContainer().dataset.query);
      for (const [name, value] of Object.entries(changes)) asked.set(name, value);
      if (!asked.has("lang")) asked.set("lang", this._language);
      return `${this.options.places}?${asked}`;
    },

    _moved() {
      this._places(this._address({ bbox: boxOf(this._map), zoom: Math.round(this._map.getZoom()) }));
      this._near();
    },

    // Neighbourhoods come when one is near enough to read them, for what is in view.
    _near() {
      if (given()) {
        this._streets.clearLayers();
        if (this._map.getZoom() >= NEIGHBOURHOODS_FROM) this._draw(given().outlines, this._streets, "neighbourhood");
        return;
      }
      const bbox = boxOf(this._map);
      if (this._map.getZoom() >= NEIGHBOURHOODS_FROM && bbox !== this._streetBox) {
        this._streetBox = bbox;
        this._json(`${this.options.neighbourhoods}?bbox=${bbox}`)
          .then((found) => { this._streets.clearLayers(); this._draw(found, this._streets, "neighbourhood"); })
          .catch(() => { this._streetBox = ""; });
      }
    },

    _zoomed() {
      const zoom = this._map.getZoom();
      const home = this._map.getContainer();
      home.classList.toggle("near", zoom >= NEIGHBOURHOODS_FROM);
      if (zoom < NEIGHBOURHOODS_FROM) { this._streets.clearLayers(); this._streetBox = ""; }
    },

    async _places(url) {
      if (given()) {
        // Numbers move up when one goes: every mark is drawn anew.
        for (const mark of this._marks.values()) mark.remove();
        this._marks.clear();
        this._show(given().places.features);
        return;
      }
      this._asking?.abort();
      this._asking = new AbortController();
      try {
        const found = await this._json(url, this._asking.signal);
        this._show(found.features);
      } catch (error) {
        if (error.name !== "AbortError") this._status.textContent = this._words.failed;
      }
    },

    _show(features) {
      const kept = new Map();
      let total = 0;
      for (const feature of features) {
        const about = feature.properties;
        const [lon, lat] = feature.geometry.coordinates;
        const key = about.id || `${lon},${lat},${about.n}`;
        total += about.n || 1;
        // What stays is left alone: it may hold the focus or an open popup.
        kept.set(key, this._marks.get(key) || this._mark(about, lon, lat));
      }
      for (const [key, mark] of this._marks) if (!kept.has(key)) mark.remove();
      this._marks = kept;
      if (this._outlines.getLayers().length) this._thinNames();
      this._status.textContent = this._words.shown.replace("{n}", total);
    },

    _mark(about, lon, lat) {
      const single = about.id !== undefined;
      const name = single ? about.name : this._words.places.replace("{n}", about.n);
      const face = element("span", single ? `pin slice-${about.s || "none"}` : "cluster", single ? about.l || "" : about.n);
      const size = single ? 30 : Math.min(58, 32 + 7 * Math.log10(about.n));
      const icon = L.divIcon({ html: face, className: single ? "mark single" : "mark", iconSize: [size, size] });
      const mark = L.marker([lat, lon], { icon, title: name, alt: name, riseOnHover: true }).addTo(this._map);
      mark.getElement().setAttribute("aria-label", name);
      if (single) this._popup(mark, [about]);
      else mark.on("click keypress", (event) => {
        if (event.type === "keypress" && event.originalEvent.key !== "Enter") return;
        if (about.same || this._map.getZoom() >= this._map.getMaxZoom()) this._open(mark, lon, lat);
        else { this._map.setView([lat, lon], Math.min(this._map.getZoom() + 2, this._map.getMaxZoom())); this._map.getContainer().focus({ preventScroll: true }); }
      });
      return mark;
    },

    async _open(mark, lon, lat) {
      try {
        const found = await this._json(this._address({ at: `${lon},${lat}` }));
        this._popup(mark, found.features.map((feature) => feature.properties)).openPopup();
      } catch { this._status.textContent = this._words.failed; }
    },

    // Made when it opens: most popups never do.
    _popup(mark, places) {
      const make = () => {
        const list = element("ul", "popup-list");
        const lang = new URLSearchParams(location.search).get("lang");
        for (const place of places) {
          const link = element("a", "", place.name);
          link.href = this.options.detail + encodeURIComponent(place.id) + (lang ? `?lang=${encodeURIComponent(lang)}` : "");
          link.dir = "auto";
          const item = element("li", "");
          item.append(link);
          list.append(item);
        }
        return list;
      };
      mark.unbindPopup().bindPopup(make, { closeButton: true, maxHeight: 240 });
      mark.off("popupopen").on("popupopen", (event) => {
        this._opened = mark;
        const popup = event.popup.getElement();
        popup.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", this._words.close);
        popup.querySelector(".popup-list a")?.focus({ preventScroll: true });
      });
      return mark;
    },

    _close() {
      if (!this._opened?.isPopupOpen()) return;
      this._opened.closePopup();
      this._opened.getElement()?.focus({ preventScroll: true });
    },

    _draw(found, group, kind) {
      L.geoJSON(found, {
        interactive: false,
        style: (feature) => ({ className: `outline ${kind}${feature.properties.approximate ? " sketch" : ""}` }),
      }).addTo(group);
      for (const { properties } of found.features) {
        if (!properties.at) continue;
        const names = properties.name;
        const words = names[this._language] || names.fr || names.und || Object.values(names)[0] || "";
        const html = element("span", "", words);
        html.setAttribute("aria-hidden", "true");
        L.marker([properties.at[1], properties.at[0]], { icon: L.divIcon({ html, className: `name ${kind}`, iconSize: [0, 0] }), interactive: false, keyboard: false }).addTo(group);
      }
      this._thinNames();
    },

    // A name that would lie under a mark, a button or another name stays away until there is room for it.
    _thinNames() {
      const home = this._map.getContainer();
      const taken = [...home.querySelectorAll(".mark, .leaflet-bar")].map((mark) => mark.getBoundingClientRect());
      const names = [...home.querySelectorAll(".name span")];
      for (const name of names) name.hidden = false;
      const boxes = names.map((name) => name.getBoundingClientRect());
      names.forEach((name, at) => {
        const box = boxes[at];
        name.hidden = taken.some((other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top);
        if (!name.hidden) taken.push(box);
      });
    },

    // Pointing at a card shows where it is.
    _followTheList() {
      const light = (event, on) => {
        const card = event.target.closest?.("[data-id]");
        if (card) this._marks.get(card.dataset.id)?.getElement()?.classList.toggle("lit", on);
      };
      const list = document.querySelector(".cards");
      if (!list) return;
      for (const [name, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) list.addEventListener(name, (event) => light(event, on));
    },
  });
  return { resourceLayer: (options) => new Layer(options) };
})();
