// How the client is built: hashed files into dist/, nothing inlined, because the server's CSP allows
// scripts, styles and fonts only as files of its own origin.
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.SOCIOSPHERE_SERVER ?? "http://127.0.0.1:4010";
const proxied = { target: server, changeOrigin: false, ws: true };

export default defineConfig({
  plugins: [react(), tailwindcss()],
  define: { __VERSION__: JSON.stringify(process.env.npm_package_version ?? "0.0.0") },
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/api": proxied, "/oauth": proxied, "/auth": proxied, "/media": proxied } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    manifest: true,
  },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
