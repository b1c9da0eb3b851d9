// Runs before the first paint, as a file because the CSP allows no inline script: a chosen theme must
// not flash the other one first.
try {
  const theme = localStorage.getItem("sociosphere.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's wish is a good answer then.
}
