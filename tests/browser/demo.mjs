// The demo, as `make demo` starts it, on free ports and in a directory of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { freePort } from "../clients/server.mjs";

const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 10_000;

/** Starts the demo and reads from what it prints where to go and as whom. */
export async function startDemo() {
  const directory = await mkdtemp(path.join(tmpdir(), "countersign-demo-"));
  const [port, adminPort, shopPort] = [await freePort(), await freePort(), await freePort()];
  const child = spawn(process.env.COUNTERSIGN, ["demo", "--shop-listen", `127.0.0.1:${shopPort}`], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      COUNTERSIGN_DATA_DIR: path.join(directory, "data"),
      COUNTERSIGN_SERVER_LISTEN: `127.0.0.1:${port}`,
      COUNTERSIGN_SERVER_ADMIN_LISTEN: `127.0.0.1:${adminPort}`,
    },
  });
  const exited = once(child, "exit");
  let printed = "";
  let log = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (log += text));

  const shop = `http://127.0.0.1:${shopPort}/`;
  const issuer = `http://127.0.0.1:${port}`;
  await answers(shop, exited, () => `${printed}\n${log}`);
  return {
    shop,
    issuer,
    people: peopleIn(printed),
    async stop() {
      child.kill("SIGTERM");
      const result = await Promise.race([exited, sleep(STOP_TIMEOUT, null, { ref: false })]);
      if (!result) child.kill("SIGKILL");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Waits until somebody answers at `url`, and fails at once when the demo has exited. */
async function answers(url, exited, output) {
  let gone = false;
  exited.then(() => (gone = true));
  const deadline = Date.now() + START_TIMEOUT;
  while (!gone && Date.now() < deadline) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await sleep(50);
  }
  throw new Error(`the demo ${gone ? "exited" : "did not start"}:\n${output()}`);
}

/** The sample people that the demo prints, one a line: name, password, and the setup key of an app. */
function peopleIn(printed) {
  const lines = printed.matchAll(/^\s*(\w+)\s+password (\S+)(?:\s+.*key ([A-Z2-7]{16,}))?\s*$/gm);
  const people = Array.from(lines, ([, username, password, totpSecret]) => ({ username, password, totpSecret }));
  const [plain] = people.filter(({ totpSecret }) => !totpSecret);
  const [withApp, withAppToo] = people.filter(({ totpSecret }) => totpSecret);
  return { plain, withApp, withAppToo };
}
