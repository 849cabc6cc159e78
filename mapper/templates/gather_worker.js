// Keeps one empty form for a phone without signal. No page with anybody's data is ever kept.
"use strict";
const KEPT = "mapper-form-{{ asset_url('gather.js')|replace('/', '-')|replace('?', '-') }}";
const SHELL = {{ url_for('gathering.shell', lang=language)|tojson }};
const FILES = [SHELL, {{ asset_url('style.css')|tojson }}, {{ asset_url('forms.css')|tojson }}, {{ asset_url('gather.css')|tojson }}, {{ asset_url('gather.js')|tojson }}];

self.addEventListener("install", (event) => event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(
  caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith("mapper-form-") && name !== KEPT).map((name) => caches.delete(name))))
    .then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.mode === "navigate" && url.pathname === {{ url_for('gathering.add_form', lang=None)|tojson }} && event.request.method === "GET") {
    event.respondWith(fetch(event.request).catch(() => caches.match(SHELL)));
  } else if (FILES.includes(url.pathname + url.search)) {
    event.respondWith(caches.match(event.request, { ignoreVary: true }).then((kept) => kept || fetch(event.request)));
  }
});
