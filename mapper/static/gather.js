// A place added on the street: where one stands, a tap on the map, and drafts that stay on the phone until they are sent.
"use strict";
(() => {
  const form = document.getElementById("gather");
  const note = document.getElementById("drafts");
  if (!form || !note) return;
  const STORE = "mapper-drafts";
  const read = () => { try { return JSON.parse(localStorage.getItem(STORE) || "[]"); } catch { return []; } };
  const write = (drafts) => localStorage.setItem(STORE, JSON.stringify(drafts));
  const say = (words) => { note.textContent = words; note.hidden = false; };
  const number = () => Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(36)).join("");

  // Drafts

  const told = () => Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "form_token"));
  const tellWaiting = () => {
    const count = read().length;
    if (!count) { note.hidden = true; return; }
    say(count === 1 ? note.dataset.one : note.dataset.more.replace("{count}", count));
    if (form.dataset.offline !== undefined) return;
    const send = document.createElement("button");
    send.type = "button";
    send.className = "quiet";
    send.textContent = form.querySelector("[type=submit]").textContent;
    send.addEventListener("click", sendAll);
    note.append(" ", send);
  };
  const keep = (draft) => { write([...read(), draft]); form.reset(); document.getElementById("point").value = ""; say(note.dataset.kept); };

  const post = async (draft) => {
    const body = new URLSearchParams({ ...draft, form_token: form.elements.form_token.value });
    return fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" });
  };
  const sendAll = async () => {
    const wrong = [];
    let last = "";
    for (const draft of read()) {
      let answer;
      try { answer = await post(draft); } catch { break; }
      if (answer.status === 201) { write(read().filter((one) => one.draft !== draft.draft)); last = draft.name; }
      else if (answer.status === 400 || answer.status === 403) wrong.push(draft);
      else break;
    }
    if (wrong.length) {
      // What cannot be sent as it is comes back into the form, to be put right.
      for (const [name, value] of Object.entries(wrong[0])) if (form.elements[name]) form.elements[name].value = value;
      write(read().filter((one) => one.draft !== wrong[0].draft));
      say(note.dataset.wrong.replace("{name}", wrong[0].name));
    } else if (last && !read().length) say(note.dataset.sent.replace("{name}", last));
    else tellWaiting();
  };

  form.addEventListener("submit", (event) => {
    if (form.dataset.offline === undefined && navigator.onLine) return;
    event.preventDefault();
    if (!form.elements.name.value.trim()) { form.elements.name.focus(); return; }
    keep({ ...told(), draft: number() });
  });
  // Signing out asks first, and leaves what is not sent where it is.
  document.querySelector(".desk form")?.addEventListener("submit", (event) => {
    if (read().length && !confirm(note.dataset.leaving)) event.preventDefault();
  });
  tellWaiting();
  addEventListener("online", () => { if (form.dataset.offline === undefined) sendAll(); });
  if (form.dataset.worker && "serviceWorker" in navigator) navigator.serviceWorker.register(form.dataset.worker);

  // Where

  const point = document.getElementById("point");
  const pointWords = document.getElementById("point-words");
  let mark = () => {};
  const choose = (lon, lat) => {
    point.value = `${lon.toFixed(5)},${lat.toFixed(5)}`;
    pointWords.textContent = pointWords.dataset.words.replace("{point}", point.value);
    mark(lon, lat);
  };
  // Names help to find the street; from further away they would cover each other.
  const name = (features, map) => {
    const language = document.documentElement.lang;
    const names = L.layerGroup(features.filter((one) => one.properties.at).map(({ properties }) => {
      const words = document.createElement("span");
      words.textContent = properties.name[language] ?? properties.name.fr ?? Object.values(properties.name)[0];
      const icon = L.divIcon({ className: "name", html: words, iconSize: [0, 0] });
      return L.marker([properties.at[1], properties.at[0]], { icon, interactive: false, keyboard: false });
    }));
    const show = () => (map.getZoom() >= 13 ? names.addTo(map) : names.remove());
    map.on("zoomend", show);
    show();
  };
  const here = document.getElementById("here");
  if (navigator.geolocation) {
    here.parentElement.hidden = false;
    here.addEventListener("click", () => navigator.geolocation.getCurrentPosition(
      (found) => choose(found.coords.longitude, found.coords.latitude),
      () => { pointWords.textContent = here.dataset.failed; },
      { enableHighAccuracy: true, timeout: 10000 }));
  }
  const home = document.getElementById("tap-map");
  if (!home) return;
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = home.dataset.leafletStyle;
  const script = document.createElement("script");
  script.src = home.dataset.leaflet;
  script.addEventListener("load", async () => {
    home.hidden = false;
    const map = L.map(home, { attributionControl: false, zoomSnap: 0.5 }).setView([50.85, 4.36], 12);
    let dot;
    mark = (lon, lat) => { dot?.remove(); dot = L.circleMarker([lat, lon], { radius: 9, className: "chosen" }).addTo(map); map.panTo([lat, lon]); };
    map.on("click", (event) => choose(event.latlng.lng, event.latlng.lat));
    if (point.value) { const [lon, lat] = point.value.split(",").map(Number); mark(lon, lat); }
    try {
      const outlines = L.geoJSON(await (await fetch(home.dataset.outlines)).json(), { interactive: false, style: { fill: false, color: "currentColor", weight: 1.5 } }).addTo(map);
      const area = form.elements.area;
      const own = [...area.options].map((option) => option.value);
      const mine = L.geoJSON(outlines.toGeoJSON().features.filter((feature) => own.includes(String(feature.id ?? feature.properties.id))));
      if (mine.getLayers().length) map.fitBounds(mine.getBounds());
      name(outlines.toGeoJSON().features, map);
    } catch { /* Without outlines the map can still be tapped, and an address written. */ }
  });
  document.head.append(style, script);
})();
