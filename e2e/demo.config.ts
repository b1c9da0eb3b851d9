// The walk through the demo community (demo/), on a platform that testing/full/moving has running.
import stories from "./playwright.config.ts";

export default { ...stories, testDir: "demo" };
