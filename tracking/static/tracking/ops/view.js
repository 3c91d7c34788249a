/** Choose the first view before the first paint: the map on wide screens, the list on small ones. */

(() => {
  const asked = new URLSearchParams(location.search).get("view");
  const usual = matchMedia("(min-width: 640px)").matches ? "map" : "table";
  document.documentElement.dataset.view = asked === "map" || asked === "table" ? asked : usual;
})();
