// Runs a command against a server of its own:
//
//   COUNTERSIGN=path/to/countersign node with-server.mjs COMMAND ARGUMENT...
//
// COUNTERSIGN_DEPLOYMENT then names a JSON file that says where the server is and who is on it.
import { spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import path from "node:path";

import { makeCertificates, makeServerCertificate } from "./certificates.mjs";
import { addClient, changeSettings, defineDetailType, freePort, startServer, trustIssuer } from "./server.mjs";
import { base32 } from "./totp.mjs";

const REDIRECT_URI = "https://shop.example/callback";
const SIGNED_OUT_URI = "https://shop.example/signed-out";

const secret = () => randomBytes(32).toString("base64url");

const person = (username) => ({ username, password: secret(), email: `${username}@example.com` });

// A time-based code can be spent once, so one journey alone belongs to each person who has one.
const people = {
  alice: person("alice"),
  // What she approves is approved for the journeys with keys alone.
  dana: person("dana"),
  bob: { ...person("bob"), totpSecret: base32(randomBytes(20)) },
  gina: { ...person("gina"), totpSecret: base32(randomBytes(20)) },
  // Those to whom codes are sent.
  erin: { ...person("erin"), emailCode: "erin@bücher.example" },
  frank: { ...person("frank"), smsCode: "+4915112345678" },
};

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = { kid: randomUUID(), alg: "ES256", use: "sig" };
/** A client that proves who it is with this key, and may sign requests with it. */
const withKey = (settings) => ({
  privateJwk: { ...privateKey.export({ format: "jwk" }), ...key },
  settings: {
    ...settings,
    clientAuth: {
      type: "PRIVATE_KEY_JWT",
      tokenEndpointAuthSigningAlgorithm: "ES256",
      enforceReplayPrevention: true,
    },
    jwksSettings: {
      jwks: JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), ...key }] }),
    },
  },
});

/** What each client is, by what it shows; `settings` is what the administration API is told. */
const clients = {
  // A web application with a secret, which people need not approve.
  shop: withSecret("shop", {
    grantTypes: ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
    redirectUris: [REDIRECT_URI],
    bypassApprovalPage: true,
    oidcPolicy: { postLogoutRedirectUris: [SIGNED_OUT_URI] },
  }),
  // An application without a secret, which people are asked to approve.
  app: {
    settings: {
      grantTypes: ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
      redirectUris: [REDIRECT_URI],
      requireProofKeyForCodeExchange: true,
      clientAuth: { type: "NONE" },
    },
  },
  // A web application that proves who it is with a signature.
  signer: withKey({
    grantTypes: ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
    redirectUris: [REDIRECT_URI],
    bypassApprovalPage: true,
  }),
  // One that has to sign what it asks, to push it, and to take signed answers.
  bank: withKey({
    grantTypes: ["AUTHORIZATION_CODE"],
    redirectUris: [REDIRECT_URI],
    bypassApprovalPage: true,
    requirePushedAuthorizationRequests: true,
    requireSignedRequests: true,
    requestObjectSigningAlgorithm: "ES256",
    requireJwtSecuredAuthorizationResponseMode: true,
    jwtSecuredAuthorizationResponseModeSigningAlgorithm: "ES256",
  }),
  // One that asks people for payments.
  merchant: withSecret("merchant", {
    grantTypes: ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
    redirectUris: [REDIRECT_URI],
    authorizationDetailTypes: ["payment_initiation"],
  }),
  // One that gets an ID token with the code.
  hybrid: withSecret("hybrid", {
    grantTypes: ["AUTHORIZATION_CODE", "IMPLICIT"],
    redirectUris: [REDIRECT_URI],
    bypassApprovalPage: true,
  }),
  // A service that acts for itself.
  worker: withSecret("worker", { grantTypes: ["CLIENT_CREDENTIALS"] }),
  // Services that prove who they are in other ways: with a signature, ...
  robot: withKey({ grantTypes: ["CLIENT_CREDENTIALS"] }),
  // ... with a signature by their secret, ...
  mac: withSecret("mac", { grantTypes: ["CLIENT_CREDENTIALS"] }, "CLIENT_SECRET_JWT"),
  // ... with a certificate.
  device: {
    settings: {
      grantTypes: ["CLIENT_CREDENTIALS"],
      clientAuth: {
        type: "CERTIFICATE",
        clientCertIssuerDn: "CN=Test CA",
        clientCertSubjectDn: "CN=device",
      },
    },
  },
  // A service that has to prove a key with every request for a token.
  prover: withSecret("prover", { grantTypes: ["CLIENT_CREDENTIALS"], requireDpop: true }),
  // A resource server, which asks what a token is worth.
  api: withSecret("api", { grantTypes: ["ACCESS_TOKEN_VALIDATION"] }),
};

function withSecret(id, settings, type = "SECRET") {
  const clientSecret = secret();
  return { secret: clientSecret, settings: { ...settings, clientAuth: { type, secret: clientSecret } } };
}

/** Where the tests take what the server sends, and what it knows of that. */
async function post(directory) {
  const [mailPort, gatewayPort] = [await freePort(), await freePort()];
  const { authority, certificate, key } = await makeServerCertificate(directory);
  const [password, signingSecret, token] = [secret(), secret(), secret()];
  const mail = { port: mailPort, name: "countersign@example.com", password, certificate, key };
  const environment = {
    COUNTERSIGN_FETCH_TRUSTED_ISSUERS: authority,
    COUNTERSIGN_MAIL_URL: `smtp://${encodeURIComponent(mail.name)}@127.0.0.1:${mailPort}`,
    COUNTERSIGN_MAIL_PASSWORD: password,
    COUNTERSIGN_MAIL_FROM: "Example <no-reply@example.com>",
    COUNTERSIGN_SMS_URL: `http://127.0.0.1:${gatewayPort}/messages`,
    COUNTERSIGN_SMS_HEADERS: `Authorization: Bearer ${token}`,
    COUNTERSIGN_SMS_SIGNING_SECRET: signingSecret,
  };
  return { environment, known: { mail, gateway: { port: gatewayPort, token, signingSecret } } };
}

/** Starts the server, runs the command and returns its exit status. */
async function run([command, ...args]) {
  let posted;
  const configure = async (directory) => {
    posted = await post(directory);
    return posted.environment;
  };
  const binary = process.env.COUNTERSIGN;
  const server = await startServer({ binary, people: Object.values(people), configure });
  try {
    // Clients that prove keys have to fetch a nonce first, which their libraries know how to do.
    await changeSettings(server, { dpopProofRequireNonce: true });
    await defineDetailType(server, "payment_initiation");
    const { authority, ...certificates } = await makeCertificates(server.directory, "device");
    await trustIssuer(server, authority);
    for (const [clientId, { settings }] of Object.entries(clients)) {
      await addClient(server, { clientId, name: `The ${clientId}`, ...settings });
    }
    const mutualTls = { ...certificates, server: server.mtlsCertificate };
    const deployment = path.join(server.directory, "deployment.json");
    const { issuer, admin, administrator } = server;
    const known = { issuer, admin, administrator, people, clients };
    await writeFile(
      deployment,
      JSON.stringify({
        ...known,
        ...posted.known,
        mutualTls,
        redirectUri: REDIRECT_URI,
        signedOutUri: SIGNED_OUT_URI,
      }),
    );
    const child = spawn(command, args, {
      stdio: "inherit",
      env: {
        ...process.env,
        COUNTERSIGN_DEPLOYMENT: deployment,
        // Authlib insists on https unless told that this is a test.
        AUTHLIB_INSECURE_TRANSPORT: "1",
      },
    });
    const [status, signal] = await once(child, "exit");
    if (status !== 0) console.error(`\nThe server's log:\n${await server.log()}`);
    return status ?? `killed by ${signal}`;
  } finally {
    await server.stop();
  }
}

const status = await run(process.argv.slice(2));
if (status !== 0) process.exit(Number.isInteger(status) ? status : 1);
