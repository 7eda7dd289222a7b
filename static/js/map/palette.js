// The stylesheet's colours for what is drawn on canvases, where CSS does not reach.

// A custom property holds light-dark(…) as written; only a real property resolves it.
function resolve(names) {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const colours = {};
  for (const name of names) {
    probe.style.color = `var(--map-${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colours;
}

export const mapColours = () => resolve(["ocean", "land", "coast", "border", "label", "halo"]);
