// Neighbourhoods coloured by the state of one need. The table beside it says the same; without this script it is all there is.
"use strict";
var mapper = window.mapper || {};
mapper.gapLayer = function (options) {
  var canvas = document.getElementById("map_mapper");
  canvas.hidden = false;
  var layer = L.geoJSON(null, {
    style: function (feature) { return { className: "area state-" + feature.properties.state, weight: 1, fillOpacity: 0.9 }; },
    onEachFeature: function (feature, shape) {
      var about = feature.properties;
      var words = document.createElement("span");
      words.textContent = about.sign + " " + about.name + ": " + about.words + " (" + about.places + ")";
      shape.bindTooltip(words, { sticky: true });
      shape.on("click", function () {
        var language = new URLSearchParams(window.location.search).get("lang");
        window.location.href = options.page + encodeURIComponent(about.id) + (language ? "?lang=" + encodeURIComponent(language) : "") + "#gaps";
      });
    },
  });
  fetch(canvas.dataset.gaps).then(function (answer) {
    if (!answer.ok) { throw new Error(String(answer.status)); }
    return answer.json();
  }).then(function (found) {
    layer.addData(found);
    // A sign beside the colour, where it is large enough to be read.
    var signs = L.layerGroup(found.features.map(function (feature) {
      var sign = document.createElement("span");
      sign.textContent = feature.properties.sign;
      var icon = L.divIcon({ className: "gap-sign", html: sign, iconSize: [16, 16] });
      return L.marker([feature.properties.at[1], feature.properties.at[0]], { icon: icon, interactive: false, keyboard: false });
    })).addTo(layer._map);
    layer.on("remove", function () { signs.remove(); });
    var bounds = layer.getBounds();
    if (bounds.isValid()) { layer._map.invalidateSize(); layer._map.fitBounds(bounds, { animate: false }); }
    canvas.dataset.ready = "yes";
  }).catch(function () { canvas.hidden = true; });
  return layer;
};
window.mapper = mapper;
