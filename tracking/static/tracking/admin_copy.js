// The button that copies a secret of the admin, which is shown once.

const button = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-copy]"));
const field = /** @type {HTMLInputElement | null} */ (document.getElementById(button?.dataset.copy ?? ""));

if (button && field && navigator.clipboard) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.copied ?? "";
  });
}
