// A server of its own for one run of tests: on free ports, with a fresh database, with people and
// clients in it. It is reached as every operator and application reaches it: by the command line, the
// administration API and HTTP.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const ADMINISTRATOR = { name: "Administrator", password: "correct horse battery staple" };
const START_TIMEOUT = 30_000;
const STOP_TIMEOUT = 10_000;

/** A port that nobody listens on at the moment. */
export async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}

/**
 * Starts the server and waits until it answers. `people` are added before it starts; `host` is the name by
 * which it is reached, if it is to have one: browsers use no passkeys at a bare address. `configure` is told
 * the server's directory, and what it returns is added to the environment.
 */
export async function startServer({ binary, people = [], host = "127.0.0.1", configure = () => ({}) }) {
  const directory = await mkdtemp(path.join(tmpdir(), "countersign-"));
  const data = path.join(directory, "data");
  const [port, adminPort, mtlsPort] = [await freePort(), await freePort(), await freePort()];
  const issuer = `http://${host}:${port}`;
  const environment = {
    ...process.env,
    COUNTERSIGN_DATA_DIR: data,
    COUNTERSIGN_SERVER_LISTEN: `127.0.0.1:${port}`,
    COUNTERSIGN_SERVER_PUBLIC_URL: issuer,
    COUNTERSIGN_SERVER_ADMIN_LISTEN: `127.0.0.1:${adminPort}`,
    COUNTERSIGN_SERVER_MTLS_LISTEN: `127.0.0.1:${mtlsPort}`,
    COUNTERSIGN_MTLS_SELF_SIGNED: "true",
    COUNTERSIGN_ADMIN_PASSWORD: ADMINISTRATOR.password,
    ...(await configure(directory)),
  };
  for (const person of people) await addPerson(binary, environment, person);

  const logPath = path.join(directory, "log");
  const log = await open(logPath, "w");
  const child = spawn(binary, ["serve"], { env: environment, stdio: ["ignore", log.fd, log.fd] });
  await log.close();
  const exited = once(child, "exit");
  const server = {
    issuer,
    directory,
    /** The certificate of the port on which clients show theirs. */
    mtlsCertificate: path.join(data, "self-signed-mtls.pem"),
    pid: child.pid,
    admin: `http://127.0.0.1:${adminPort}/pf-admin-api/v1`,
    administrator: ADMINISTRATOR,
    log: () => readFile(logPath, "utf8"),

    /** Asks the server to stop, as a service manager would, and expects it to do so cleanly. */
    async stop() {
      child.kill("SIGTERM");
      const result = await Promise.race([exited, sleep(STOP_TIMEOUT, null, { ref: false })]);
      if (!result) child.kill("SIGKILL");
      const text = await server.log();
      await rm(directory, { recursive: true, force: true });
      if (!result || result[0] !== 0) {
        throw new Error(`the server did not stop cleanly (${result ?? "timed out"}):\n${text}`);
      }
    },
  };
  try {
    await ready(server, exited);
  } catch (error) {
    child.kill("SIGKILL");
    error.message += `\n${await server.log()}`;
    throw error;
  }
  return server;
}

/** Adds a client over the administration API, in PingFederate's JSON. */
export async function addClient(server, client) {
  await administrate(server, "POST", "/oauth/clients", client);
}

/** Trusts whoever has this certificate to issue certificates of clients. */
export async function trustIssuer(server, certificate) {
  await administrate(server, "POST", "/certificates/ca/import", { fileData: certificate });
}

/** Defines a type of authorization details, as docs/examples has it. */
export async function defineDetailType(server, type) {
  const folder = new URL(`../../docs/examples/authorization-details/${type}/`, import.meta.url);
  const field = async (name, file) => ({ name, value: await readFile(new URL(file, folder), "utf8") });
  const fields = [await field("JSON Schema", "schema.json"), await field("Consent Template", "en.txt")];
  await administrate(server, "POST", "/oauth/authorizationDetailProcessors", {
    id: type,
    name: type,
    pluginDescriptorRef: { id: "countersign.JsonSchemaAuthorizationDetailProcessor" },
    configuration: { fields, tables: [] },
  });
  await administrate(server, "POST", "/oauth/authorizationDetailTypes", {
    id: type,
    type,
    authorizationDetailProcessorRef: { id: type },
  });
}

/** Changes some of the authorization server's settings over the administration API. */
export async function changeSettings(server, changed) {
  const settings = await administrate(server, "GET", "/oauth/authServerSettings");
  await administrate(server, "PUT", "/oauth/authServerSettings", { ...settings, ...changed });
}

/** Asks something of the administration API. */
export async function administrate(server, method, path, resource) {
  const credentials = Buffer.from(`${ADMINISTRATOR.name}:${ADMINISTRATOR.password}`);
  const response = await fetch(`${server.admin}${path}`, {
    method,
    headers: {
      Authorization: `Basic ${credentials.toString("base64")}`,
      "Content-Type": "application/json",
      "X-XSRF-Header": "PingFederate",
    },
    body: resource && JSON.stringify(resource),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
  return answer && JSON.parse(answer);
}

/** Adds a person who can sign on, by the command line. */
async function addPerson(binary, environment, person) {
  const { username, password, email, totpSecret, emailCode, smsCode } = person;
  const devices = Object.entries({ "--totp-secret": totpSecret, "--email-code": emailCode, "--sms-code": smsCode });
  const enrolled = devices.filter(([, value]) => value).flat();
  const args = ["user", "add", username, "--password-stdin", "--email", email, ...enrolled];
  await new Promise((resolve, reject) => {
    const child = execFile(binary, args, { env: environment }, (error, stdout, stderr) =>
      error ? reject(new Error(`adding ${username}: ${error.message}\n${stdout}${stderr}`)) : resolve(),
    );
    child.stdin.end(`${password}\n`);
  });
}

/** Waits until the heartbeat answers, and fails at once when the server has exited. */
async function ready({ issuer }, exited) {
  let gone = false;
  exited.then(() => (gone = true));
  const deadline = Date.now() + START_TIMEOUT;
  while (!gone && Date.now() < deadline) {
    const answer = await fetch(`${issuer}/pf/heartbeat.ping`).catch(() => null);
    if (answer?.ok) return;
    await sleep(50);
  }
  throw new Error(gone ? "the server exited while it was starting" : "the server did not start");
}
