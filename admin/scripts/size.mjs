// Measures the JavaScript that staff load before they see Home: the page, the panel and Home, with all
// that those import. Fails
// above the budget. Ordinary people load none of it: web/scripts/size.mjs measures theirs.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const budget = 330 * 1024;
const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));
const seen = new Set();
const follow = (key) => {
  if (seen.has(key)) return;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) follow(next);
};
for (const key of ["index.html", "src/Panel.tsx", "src/screens/home/HomePage.tsx"]) follow(key);
let total = 0;
for (const key of seen) {
  const { file } = manifest[key];
  const size = gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length;
  total += size;
  console.log(`${(size / 1024).toFixed(1).padStart(7)} KB  ${file}`);
}
console.log(`${(total / 1024).toFixed(1).padStart(7)} KB  of ${budget / 1024} KB allowed`);
if (total > budget) process.exit(1);
