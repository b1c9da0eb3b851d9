// How the panel is built: hashed files into dist/ for /admin, nothing inlined, because the server's CSP allows scripts,
// styles and fonts only as files of its own origin. `@` is the web client's source: session, calls and tokens are one.
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.SOCIOSPHERE_SERVER ?? "http://127.0.0.1:8420";
const proxied = { target: server, changeOrigin: false, ws: true };
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "/admin/",
  plugins: [react()],
  resolve: {
    alias: { "@": here("../web/src"), "~": here("./src") },
    dedupe: ["react", "react-dom"],
  },
  server: {
    fs: { allow: [here("."), here("../web/src")] },
    proxy: { "/api": proxied, "/media": proxied, "/theme.js": proxied, "/mark.svg": proxied },
  },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    manifest: true,
    chunkSizeWarningLimit: 1500,
  },
  // tokens.css is read as text.
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], css: true },
});
