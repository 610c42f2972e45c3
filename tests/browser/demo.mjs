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

/** Starts the demo, with these flags besides, and reads from what it prints where to go and as whom. */
export async function startDemo(flags = []) {
  const directory = await mkdtemp(path.join(tmpdir(), "countersign-demo-"));
  const [port, adminPort, mtlsPort] = [await freePort(), await freePort(), await freePort()];
  const shopPort = await freePort();
  const dataDir = path.join(directory, "data");
  const addresses = [
    ["--listen", port],
    ["--admin-listen", adminPort],
    ["--mtls-listen", mtlsPort],
    ["--shop-listen", shopPort],
  ].flatMap(([flag, number]) => [flag, `127.0.0.1:${number}`]);
  const child = spawn(process.env.COUNTERSIGN, ["demo", "--data-dir", dataDir, ...addresses, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  let printed = "";
  let log = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (log += text));

  const shop = `http://localhost:${shopPort}/`;
  const issuer = `http://localhost:${port}`;
  await answers(shop, exited, () => `${printed}\n${log}`);
  return {
    shop,
    issuer,
    people: { plain: await addPlainPerson(dataDir), ...peopleIn(printed) },
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

/** Adds somebody who has no authenticator app, by the command line beside the running demo. */
async function addPlainPerson(dataDir) {
  const person = { username: "carol", password: "likes plain water" };
  const command = ["user", "add", person.username, "--data-dir", dataDir, "--password-stdin"];
  const child = spawn(process.env.COUNTERSIGN, command, { stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(`${person.password}\n`);
  const [status] = await once(child, "exit");
  if (status !== 0) throw new Error(`countersign user add: exit status ${status}`);
  return person;
}

/** The sample people that the demo prints, one a line: name, password, and the setup key of an app. */
function peopleIn(printed) {
  const lines = printed.matchAll(/^ {2}(\w+) {2,}(\S.*?) {2,}([A-Z2-7]{16,}) /gm);
  const people = Array.from(lines, ([, username, password, totpSecret]) => ({ username, password, totpSecret }));
  const [withApp, withAppToo] = people;
  return { withApp, withAppToo };
}
