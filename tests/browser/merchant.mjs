// A customer of Recognize: its pages, with the web SDK as it is published, and its backend, which vouches for
// people and verifies what they have approved.
import { execFile } from "node:child_process";
import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import path from "node:path";
import { promisify } from "node:util";

import { makeServerCertificate } from "../clients/certificates.mjs";

const SDK = new URL("../../web-ui/sdk/dist/", import.meta.url);

/** A page with whatever is in its body, and the SDK. */
const page = (lang, body) => `<!doctype html>
<html lang="${lang}">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Shop</title>
  <link rel="icon" href="data:,">
  <main><h1>Shop</h1>${body}</main>
  <script type="module" src="/sdk/recognize.js"></script>
</html>`;

/** What nothing on the page may do: the SDK gets by without it. */
const policy = (issuer) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src data:",
    `connect-src ${issuer.replace("http", "ws")}`,
  ].join("; ");

/** Starts its two servers: `url` has the pages, and the backend's key is at an address with https. */
export async function startMerchant(directory) {
  const { authority, certificate, key } = await makeServerCertificate(directory);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "backend", alg: "ES256", use: "sig" }] };
  let issuer = "http://127.0.0.1";
  const pages = createServer(async ({ url }, response) => {
    const { pathname, searchParams } = new URL(url, "http://127.0.0.1");
    const name = /^\/sdk\/([a-z]+\.js)$/.exec(pathname)?.[1];
    if (name) {
      response.writeHead(200, { "Content-Type": "text/javascript" });
      return response.end(await readFile(new URL(name, SDK)));
    }
    response.writeHead(200, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy(issuer),
    });
    response.end(page(searchParams.get("lang") ?? "en", searchParams.get("body") ?? ""));
  });
  const keys = createTlsServer({ cert: await readFile(certificate), key: await readFile(key) }, (_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(jwks));
  });
  for (const server of [pages, keys]) await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${pages.address().port}`,
    jwksUri: `https://127.0.0.1:${keys.address().port}/jwks`,
    environment: { COUNTERSIGN_FETCH_TRUSTED_ISSUERS: authority, COUNTERSIGN_FETCH_ALLOWED_HOSTS: "127.0.0.1" },
    serve: (address) => (issuer = address),
    /** The user authorization of somebody, as documented: for `user-123`, good for five minutes. */
    authorize(username, claims = {}) {
      const iat = Math.floor(Date.now() / 1000);
      const payload = { sub: username, aud: "authentication-service", iat, exp: iat + 300, jti: `${Math.random()}`, ...claims };
      const input = [{ alg: "ES256", kid: "backend" }, payload].map(encoded).join(".");
      const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${input}.${signature.toString("base64url")}`;
    },
    stop() {
      for (const server of [pages, keys]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** Makes a customer of the server, by the command line; returns the key of its backend. */
export async function addCustomer(server, name, environmentId, rules) {
  const run = async (...args) => {
    const place = ["--data-dir", path.join(server.directory, "data")];
    const { stdout } = await promisify(execFile)(process.env.COUNTERSIGN, ["customer", ...args, ...place]);
    return stdout.trim();
  };
  await run("add", name, "--environment", environmentId, ...rules);
  return run("add-key", name, "backend");
}

/** Asks the server whether a JWT says what is expected, as a backend does. */
export async function verifyJwt(server, key, expected) {
  const response = await fetch(`${server.issuer}/v2/verify-jwt`, {
    method: "POST",
    headers: { "X-Api-Key": key, "Content-Type": "application/json" },
    body: JSON.stringify(expected),
  });
  return response.json();
}

/** The claims of a JWT whose signature is by the person's key for this factor, as the server publishes it. */
export async function claimsOf(server, customer, jwt) {
  const [header, payload, signature] = jwt.split(".");
  const { alg, kid } = decoded(header);
  const { sub } = decoded(payload);
  const published = await fetch(`${server.issuer}/customers/${customer}/.well-known/jwks.json?sub=${sub}`);
  const { keys } = await published.json();
  const key = createPublicKey({ format: "jwk", key: keys.find((it) => it.kid === kid) });
  const input = Buffer.from(`${header}.${payload}`);
  const isGood = verify("sha256", input, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
  if (alg !== "ES256" || !isGood) throw new Error("the signature is not the person's");
  return { ...decoded(payload), kid };
}

/** A JWT with another claim in it, and the signature that it had. */
export function tampered(jwt, claims) {
  const [header, payload, signature] = jwt.split(".");
  return [header, encoded({ ...decoded(payload), ...claims }), signature].join(".");
}

function encoded(part) {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

function decoded(part) {
  return JSON.parse(Buffer.from(part, "base64url"));
}
