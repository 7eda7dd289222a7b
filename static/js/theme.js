// Loaded in <head> before the first paint, so that a chosen theme does not flash. Not a module for that reason.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  let chosen = null; // kept here too: storage may be forbidden

  const read = () => {
    try {
      chosen = localStorage.getItem("theme");
    } catch {
      // the last choice, or the system's, stands
    }
  };

  const show = () => {
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
    else delete root.dataset.theme;
    const shown = root.dataset.theme ?? (system.matches ? "dark" : "light");
    if (root.dataset.shownTheme === shown) return;
    root.dataset.shownTheme = shown;
    document.dispatchEvent(new CustomEvent("themechange"));
  };

  const toggle = () => {
    chosen = root.dataset.shownTheme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", chosen);
    } catch {
      // holds for this page only
    }
    show();
  };

  read();
  show();
  system.addEventListener("change", show);
  window.addEventListener("storage", () => { read(); show(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-switch]")) toggle();
    // An open menu closes when something else is clicked.
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  });
})();
