// How the client is built: hashed files into dist/, nothing inlined, because the server's CSP allows
// scripts, styles and fonts only as files of its own origin.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const server = process.env.SOCIOSPHERE_SERVER ?? "http://127.0.0.1:4010";
const proxied = { target: server, changeOrigin: false, ws: true };

const worker = "sw.js";
/** Names the client's files to its service worker, so that it changes whenever one of them does. */
const shell: Plugin = {
  name: "shell",
  apply: "build",
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      const own = ["theme.js", "mark.svg", "mark-unread.svg", "manifest.webmanifest", "icon-192.png"];
      const built = Object.keys(bundle).filter((name) => /^assets\/.*\.(js|css|woff2)$/.test(name));
      const hash = createHash("sha256").update(built.sort().join());
      hash.update(readFileSync("index.html"));
      for (const name of readdirSync("public").sort()) hash.update(readFileSync(`public/${name}`));
      const files = ["/", ...own.map((name) => `/${name}`), ...built.map((name) => `/${name}`)];
      const chunk = bundle[worker];
      if (chunk?.type !== "chunk") throw new Error("the service worker was not built");
      const named = JSON.stringify({ version: hash.digest("hex").slice(0, 16), files });
      chunk.code = chunk.code.replace("__SHELL__", () => named);
    },
  },
};

export default defineConfig({
  plugins: [react(), tailwindcss(), shell],
  define: { __VERSION__: JSON.stringify(process.env.npm_package_version ?? "0.0.0") },
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    proxy: { "/api": proxied, "/oauth": proxied, "/auth": proxied, "/media": proxied, "/socket.io": proxied },
  },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    manifest: true,
    rollupOptions: {
      input: { index: "index.html", worker: "src/pwa/worker.ts" },
      output: {
        entryFileNames: ({ name }) => (name === "worker" ? worker : "assets/[name]-[hash].js"),
      },
    },
  },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
