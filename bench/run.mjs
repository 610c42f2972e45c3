// What the server can do on this machine, measured from outside over HTTP:
//
//   make bench                          (or: COUNTERSIGN=path/to/countersign node bench/run.mjs [SECONDS])
//
// The load is made on the same machine and takes its share of the cores, so requests a second say as much of
// the machine as of the server. "CPU" is what the server itself spent on a request, and is the number to
// compare between two versions.
import { createHash, randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import http from "node:http";
import { availableParallelism } from "node:os";

import { Browser } from "../tests/clients/browser.mjs";
import { complete } from "../tests/clients/person.mjs";
import { addClient, startServer } from "../tests/clients/server.mjs";

const SECONDS = Number(process.argv[2] ?? 5);
const CONCURRENCY = 32;
const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

const REDIRECT_URI = "https://shop.example/callback";
const secret = randomBytes(32).toString("base64url");
const alice = { username: "alice", password: randomBytes(24).toString("base64url"), email: "alice@example.com" };
const clientAuth = { type: "SECRET", secret };
const basic = (id) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

const agent = new http.Agent({ keepAlive: true, maxSockets: CONCURRENCY });

/** Sends a request to the server and returns status, headers and body. */
function send(server, { method = "GET", path, headers = {}, form }) {
  const body = form && new URLSearchParams(form).toString();
  const type = form && { "Content-Type": "application/x-www-form-urlencoded" };
  return new Promise((resolve, reject) => {
    const request = http.request(
      new URL(path, server.issuer),
      { method, agent, headers: { ...headers, ...type } },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => (text += chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode, headers: response.headers, body: text }),
        );
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

const post = (path, client, form) => ({ method: "POST", path, headers: { Authorization: basic(client) }, form });

/** The JSON of a successful answer; anything else ends the measurement. */
function successful({ status, body }) {
  if (status !== 200) throw new Error(`answered ${status}: ${body}`);
  return JSON.parse(body);
}

const token = async (server, client, form) =>
  successful(await send(server, post("/as/token.oauth2", client, form)));

/** A browser in which alice is signed on, as its Cookie header. */
async function signedOn(server) {
  const browser = new Browser(server.issuer);
  const { path } = authorization();
  await complete(browser, `${server.issuer}${path}`, alice);
  return browser.cookieHeader();
}

/** An authorization request with PKCE: its path, and the verifier. */
function authorization() {
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    response_type: "code",
    client_id: "shop",
    redirect_uri: REDIRECT_URI,
    scope: "openid profile email",
    state: randomBytes(16).toString("base64url"),
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  return { path: `/as/authorization.oauth2?${query}`, verifier };
}

/** From a signed-on browser to tokens: two requests. */
async function codeFlow(server, cookie) {
  const { path, verifier } = authorization();
  const { headers } = await send(server, { path, headers: { Cookie: cookie } });
  const code = new URL(headers.location).searchParams.get("code");
  const form = { grant_type: "authorization_code", code, redirect_uri: REDIRECT_URI, code_verifier: verifier };
  return token(server, "shop", form);
}

/** What is measured. Each worker is made once (`prepare`) and then repeats one operation. */
const MEASURED = {
  "heartbeat": async (server) => () => send(server, { path: "/pf/heartbeat.ping" }),
  "client credentials": async (server) => () => token(server, "worker", { grant_type: "client_credentials" }),
  "introspection": async (server) => {
    const { access_token } = await token(server, "worker", { grant_type: "client_credentials" });
    return async () => successful(await send(server, post("/as/introspect.oauth2", "api", { token: access_token })));
  },
  "authorize and redeem": async (server) => {
    const cookie = await signedOn(server);
    return () => codeFlow(server, cookie);
  },
  "refresh": async (server) => {
    let { refresh_token } = await codeFlow(server, await signedOn(server));
    return async () => {
      ({ refresh_token } = await token(server, "shop", { grant_type: "refresh_token", refresh_token }));
    };
  },
  "password sign-on": async (server) => () => signedOn(server),
};

/** The processor time that the server has used, in seconds. */
function processorTime({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Repeats the operation in all workers for the given time. */
async function measure(server, prepare) {
  const workers = await Promise.all(Array.from({ length: CONCURRENCY }, () => prepare(server)));
  const latencies = [];
  const [began, used] = [performance.now(), processorTime(server)];
  const end = began + SECONDS * 1000;
  await Promise.all(
    workers.map(async (operation) => {
      for (let start = performance.now(); start < end; start = performance.now()) {
        await operation();
        latencies.push(performance.now() - start);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  const quantile = (share) => latencies[Math.floor(latencies.length * share)];
  return {
    rate: latencies.length / seconds,
    median: quantile(0.5),
    p99: quantile(0.99),
    cpu: ((processorTime(server) - used) / latencies.length) * 1e6,
  };
}

async function addClients(server) {
  const shop = {
    clientId: "shop",
    name: "Shop",
    grantTypes: ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
    redirectUris: [REDIRECT_URI],
    bypassApprovalPage: true,
    clientAuth,
  };
  await addClient(server, shop);
  await addClient(server, { clientId: "worker", name: "Worker", grantTypes: ["CLIENT_CREDENTIALS"], clientAuth });
  await addClient(server, { clientId: "api", name: "API", grantTypes: ["ACCESS_TOKEN_VALIDATION"], clientAuth });
}

const server = await startServer({ binary: process.env.COUNTERSIGN, people: [alice] });
try {
  await addClients(server);
  console.log(`${availableParallelism()} cores, ${CONCURRENCY} at once, ${SECONDS} s each, SQLite with every commit durable\n`);
  console.log(`${"".padEnd(22)}${["per second", "median ms", "p99 ms", "CPU us"].map((head) => head.padStart(12)).join("")}`);
  for (const [name, prepare] of Object.entries(MEASURED)) {
    const { rate, median, p99, cpu } = await measure(server, prepare);
    const cells = [rate.toFixed(0), median.toFixed(2), p99.toFixed(2), cpu.toFixed(0)];
    console.log(`${name.padEnd(22)}${cells.map((cell) => cell.padStart(12)).join("")}`);
  }
} finally {
  agent.destroy();
  await server.stop();
}
