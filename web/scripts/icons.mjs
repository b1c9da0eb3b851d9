// Draws the icons of the installed app from the mark. Run when the mark changes: `node scripts/icons.mjs`.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const mark = readFileSync("public/mark.svg", "utf8");
const drawn = /<path.*\/>/.exec(mark)?.[0] ?? "";
const ember = "#c93a17";
const icons = [
  ["icon-180.png", 180, `<div style="position:absolute;inset:0;background:${ember}">${mark}</div>`],
  ["icon-192.png", 192, mark],
  ["icon-512.png", 512, mark],
  // What a launcher may cut off is ember to the edge.
  [
    "icon-maskable-512.png",
    512,
    `<div style="position:absolute;inset:0;background:${ember}"></div><div style="position:absolute;inset:10%">${mark}</div>`,
  ],
  // In a phone's status bar only the shape shows.
  ["badge-96.png", 96, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="9 8 22 24">${drawn}</svg>`],
];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
for (const [name, size, body] of icons) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(
    `<style>body{margin:0}svg{position:absolute;inset:0;width:100%;height:100%}</style>${body}`,
  );
  await page.screenshot({ path: `public/${name}`, omitBackground: true });
  await page.close();
}
await browser.close();
