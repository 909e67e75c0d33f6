// Tabs: one of several panels at a time. Arrows go from tab to tab.

// tabs wires a tablist; picked(id) hears the panel that is shown.
export function tabs(list, picked = () => {}) {
  const all = [...list.querySelectorAll("[role=tab]")];
  const show = (tab) => {
    for (const t of all) {
      t.setAttribute("aria-selected", String(t === tab));
      t.tabIndex = t === tab ? 0 : -1;
    }
    picked(tab.getAttribute("aria-controls"));
  };
  for (const [i, tab] of all.entries()) {
    tab.addEventListener("click", () => show(tab));
    tab.addEventListener("keydown", (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (!step) return;
      const next = all[(i + step + all.length) % all.length];
      show(next);
      next.focus();
    });
  }
  return (id) => show(all.find((t) => t.getAttribute("aria-controls") === id));
}
