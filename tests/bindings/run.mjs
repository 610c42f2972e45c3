// Runs the app of kotlin/ against a server of its own:
//
//   COUNTERSIGN=path/to/countersign node run.mjs java ARGUMENT...
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { promisify } from "node:util";

import { startServer } from "../clients/server.mjs";

const binary = process.env.COUNTERSIGN;
const models = process.env.COUNTERSIGN_FACE_MODELS;

/** Asks something of the command line of the server; what it prints. */
async function countersign(server, ...args) {
  const data = path.join(server.directory, "data");
  const env = { ...process.env, COUNTERSIGN_DATA_DIR: data };
  const { stdout } = await promisify(execFile)(binary, args, { env });
  return stdout;
}

/** A customer that lets everybody enrol, and one that vouches for its people; the first one's key. */
async function addCustomers(server) {
  const add = async (name, ...rules) => {
    const { id } = JSON.parse(await countersign(server, "env", "add", name, "--json"));
    await countersign(server, "customer", "add", name, "--environment", id, ...rules);
  };
  await add("demo", "--pin", "true");
  const jwks = ["--user-authorization", "RemoteJWKSet", "--jwks-uri", "https://shop.example/jwks.json"];
  await add("vouching", ...jwks);
  const key = await countersign(server, "customer", "add-key", "demo", "backend");
  return key.trim().split(/\s+/).at(-1);
}

const configure = () => ({ COUNTERSIGN_RECOGNIZE_MODELS: models });
const server = await startServer({ binary, configure });
try {
  const key = await addCustomers(server);
  const env = { ...process.env, COUNTERSIGN_URL: server.issuer, COUNTERSIGN_API_KEY: key };
  const [command, ...args] = process.argv.slice(2);
  const app = spawn(command, args, { stdio: "inherit", env });
  const [status] = await once(app, "exit");
  if (status !== 0) console.error(`\nThe server's log:\n${await server.log()}`);
  process.exitCode = status ?? 1;
} finally {
  await server.stop();
}
