/** Page of one shipment: the button that copies its number. */

for (const button of document.querySelectorAll("button[data-copy]")) {
  const words = button.querySelector("span");
  if (!navigator.clipboard || !(button instanceof HTMLElement) || !words) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    const before = words.textContent;
    words.textContent = "Copied";
    setTimeout(() => {
      words.textContent = before;
    }, 1500);
  });
}
