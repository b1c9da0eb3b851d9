// Browser stories against the real binary, in Debian's Chromium. One server for each test file, on a port of its own,
// with an empty data folder: see support/server.ts.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "stories",
  timeout: 90_000,
  expect: { timeout: 15_000 },
  fullyParallel: false,
  // Files side by side, each with a server of its own; one after the other where all share a platform.
  workers: process.env.STORY_PLATFORM ? 1 : 2,
  // A second try on an empty server, so that one busy moment of a machine does not stop everything after it. Who needed it
  // is named as flaky at the end of the run, and mended. A platform that is there already can be told a story only once.
  retries: process.env.STORY_PLATFORM ? 0 : 1,
  reporter: [["list"]],
  use: {
    viewport: { width: 1440, height: 1000 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
