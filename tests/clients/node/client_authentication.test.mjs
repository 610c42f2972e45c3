// Every way in which an application proves who it is, with openid-client.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import https from "node:https";
import { test } from "node:test";

import * as client from "openid-client";

const { issuer, clients, mutualTls } = JSON.parse(await readFile(process.env.COUNTERSIGN_DEPLOYMENT, "utf8"));

/** An application that proves who it is in this way. */
async function application(clientId, authentication, { metadata = {}, fetch } = {}) {
  const options = { execute: [client.allowInsecureRequests] };
  if (fetch) options[client.customFetch] = fetch;
  return client.discovery(new URL(issuer), clientId, metadata, authentication, options);
}

/** A fetch that shows a certificate to whoever asks for one. */
async function showing(pair) {
  const [ca, cert, key] = await Promise.all(
    [mutualTls.server, pair.certificate, pair.key].map((file) => readFile(file)),
  );
  return (url, { method, headers, body }) =>
    new URL(url).protocol === "http:"
      ? fetch(url, { method, headers, body })
      : new Promise((resolve, reject) => {
          const request = https.request(url, { method, headers, ca, cert, key, agent: false }, async (answer) => {
            const chunks = await answer.toArray();
            resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode, headers: answer.headers }));
          });
          request.on("error", reject);
          request.end(body?.toString());
        });
}

// Whoever has tried with the header is told by the header (RFC 6749 §5.2).
const isRefused = (error) => error.status === 401 && (error.error ?? "invalid_client") === "invalid_client";
const issues = async (config) => {
  const tokens = await client.clientCredentialsGrant(config);
  assert.ok(tokens.access_token);
  return tokens;
};
const refuses = (config) => assert.rejects(client.clientCredentialsGrant(config), isRefused);

test("a secret in the header and in the body", async () => {
  for (const method of [client.ClientSecretBasic, client.ClientSecretPost]) {
    await issues(await application("worker", method(clients.worker.secret)));
    await refuses(await application("worker", method("another secret")));
  }
});

test("a signature by the secret", async () => {
  await issues(await application("mac", client.ClientSecretJwt(clients.mac.secret)));
  await refuses(await application("mac", client.ClientSecretJwt(clients.worker.secret)));
});

test("a signature by a private key", async () => {
  const { privateJwk } = clients.robot;
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { alg, use, ...jwk } = privateJwk;
  const key = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
  await issues(await application("robot", client.PrivateKeyJwt({ key, kid: privateJwk.kid })));
  const { privateKey } = await crypto.subtle.generateKey(algorithm, false, ["sign"]);
  await refuses(await application("robot", client.PrivateKeyJwt({ key: privateKey, kid: privateJwk.kid })));
});

test("a certificate", async () => {
  const metadata = { use_mtls_endpoint_aliases: true };
  const device = async (pair) =>
    application("device", client.TlsClientAuth(), { metadata, fetch: await showing(pair) });
  const own = await device(mutualTls.own);
  const { access_token: token } = await issues(own);
  const told = await client.tokenIntrospection(own, token);
  assert.deepEqual(Object.keys(told.cnf), ["x5t#S256"]);
  await refuses(await device(mutualTls.forged));
});
