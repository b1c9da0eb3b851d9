// Pictures of every screen, and what axe and the console say about them. Needs `npm run build` and a running
// `npm run mock`. CHROMIUM names the browser.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const base = process.env.BASE ?? "http://127.0.0.1:4010";
const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const screens = [
  ["home", "/"],
  ["local", "/local"],
  ["thread", "/@mara/5080"],
  ["profile", "/@aoi"],
  ["media", "/@aoi?tab=media"],
  ["notifications", "/notifications"],
  ["search", "/search?q=harbour%20has:media"],
  ["settings", "/settings"],
  ["edit", "/settings/profile"],
  ["privacy", "/settings/privacy"],
  ["requests", "/follow-requests"],
  ["welcome", "/", true],
  ["signin", "/sign-in", true],
  ["signup", "/sign-up", true],
  ["missing", "/nowhere/at/all"],
];
const only = process.argv[2]?.split(",");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
});
const looks = [
  ["desk", 1440, 1000, "light"],
  ["desk", 1440, 1000, "dark"],
  ["phone", 390, 844, "light"],
  ["phone", 390, 844, "dark"],
];
let problems = 0;
for (const [size, width, height, colorScheme] of looks) {
  for (const [name, path, out] of screens) {
    if (only && !only.includes(name)) continue;
    // The CSP stays on; axe is brought in through the debugger, which it does not bind.
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme,
      bypassCSP: false,
      reducedMotion: "reduce",
    });
    if (out) await context.addCookies([{ name: "out", value: "1", url: base }]);
    const page = await context.newPage();
    page.on(
      "console",
      (message) =>
        message.type() === "error" &&
        !message.text().includes("status of 40") &&
        console.log(`${name}: ${message.text()}`),
    );
    page.on("pageerror", (error) => console.log(`${name}: ${error.message}`));
    await page.goto(base + path);
    await page.waitForLoadState("networkidle");
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() =>
      window.axe.run(document, { resultTypes: ["violations"] }),
    );
    for (const one of violations) {
      problems += 1;
      console.log(
        `${name} ${size} ${colorScheme}: ${one.id}: ${one.nodes[0].html.slice(0, 140)} | ${one.nodes[0].any[0]?.message ?? ""}`,
      );
    }
    await page.screenshot({ path: `shots/${name}-${size}-${colorScheme}.png` });
    await context.close();
  }
}
await browser.close();
if (problems > 0) process.exitCode = 1;
