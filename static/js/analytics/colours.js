// The stylesheet's colours for canvases, where CSS does not reach.

// A custom property holds light-dark(…) as written; only a real property resolves it.
export function colours(...names) {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const found = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return found;
}
