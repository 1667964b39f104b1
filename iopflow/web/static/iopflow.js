// After a form has been answered without a reload: what was said is where the reader is.
document.addEventListener("htmx:after:swap", () => {
  const said = document.querySelector("main [role=alert], main [role=status]");
  const there = said || document.querySelector("main");
  there.setAttribute("tabindex", "-1");
  there.focus();
});
