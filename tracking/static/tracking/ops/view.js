/** Before the first paint: with scripts, wide screens begin with the map, small ones with the list. */

(() => {
  const asked = new URLSearchParams(location.search).get("view");
  const usual = matchMedia("(min-width: 640px)").matches ? "map" : "table";
  document.documentElement.dataset.view = asked === "map" || asked === "table" ? asked : usual;
})();
