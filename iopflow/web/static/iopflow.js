// After a form has been answered without a reload: what was said is where the reader is.
document.addEventListener("htmx:after:swap", () => {
  const said = document.querySelector("main [role=alert], main [role=status]");
  const there = said || document.querySelector("main");
  there.setAttribute("tabindex", "-1");
  there.focus();
  offer();
});

// What only a script can do is offered where there is one.
function offer() {
  for (const button of document.querySelectorAll("[data-print], [data-tick]")) button.hidden = false;
}
offer();
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-print], [data-tick]");
  if (!button) return;
  if ("print" in button.dataset) window.print();
  else for (const box of document.querySelectorAll(`input[form="${button.dataset.tick}"]`)) box.checked = true;
});

// Copying an address. Without script, or where the browser does not allow it, it is marked.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.done;
    } catch {
      field.focus();
    }
  });
}
