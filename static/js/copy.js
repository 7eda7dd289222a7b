// Copies the text of the element a button names in data-copy.
const fallback = (text) => {
  // navigator.clipboard exists only on https and localhost; a dashboard on a LAN address has neither.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
};

const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return fallback(text);
  }
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.dataset.label ?? (button.dataset.label = button.textContent);
  const done = await copy(document.getElementById(button.dataset.copy).textContent);
  button.textContent = done ? "Copied" : "Select and copy";
  setTimeout(() => { button.textContent = label; }, 2000);
});
