// Names for the parts of select2, which fields of the admin with a search are made of: the label of the field.

const PARTS = '[role="combobox"], [role="textbox"], [role="listbox"], .select2-search__field';

/**
 * Return the field that a part belongs to, by the ids that select2 makes from that of the field.
 * @param {Element} part
 * @returns {HTMLSelectElement | null}
 */
function findField(part) {
  const container = part.closest(".select2-container");
  const before = container?.previousElementSibling;
  if (before instanceof HTMLSelectElement) return before;
  const id = [part.id, part.getAttribute("aria-controls"), part.getAttribute("aria-owns")].filter(Boolean)[0];
  const found = document.getElementById(id?.replace(/^select2-(.*)-(results|container)$/, "$1") ?? "");
  return found instanceof HTMLSelectElement ? found : openField();
}

/** @returns {HTMLSelectElement | null} */
function openField() {
  const before = document.querySelector("select + .select2-container--open")?.previousElementSibling;
  return before instanceof HTMLSelectElement ? before : null;
}

/** @param {Element} part */
function namePart(part) {
  const label = findField(part)?.labels?.[0];
  if (!label || part.hasAttribute("data-named")) return;
  label.id ||= `${label.htmlFor}_label`;
  const shown = part.getAttribute("role") === "combobox" ? part.getAttribute("aria-labelledby") : "";
  part.setAttribute("aria-labelledby", shown ? `${label.id} ${shown}` : label.id);
  part.setAttribute("data-named", "");
}

function nameAll() {
  for (const part of document.querySelectorAll(`.select2-container :is(${PARTS})`)) namePart(part);
}

new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
nameAll();
