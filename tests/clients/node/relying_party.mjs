// An application built with openid-client, with all the checks that the library offers turned on.
import { createPrivateKey, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import * as openid from "openid-client";

import { complete } from "../person.mjs";

/** Where the server is, and who is on it (with-server.mjs writes it). */
export const deployment = JSON.parse(readFileSync(process.env.COUNTERSIGN_DEPLOYMENT, "utf8"));

const AUTHENTICATION = {
  shop: ({ secret }) => openid.ClientSecretBasic(secret),
  app: () => openid.None(),
  signer: async ({ privateJwk }) => openid.PrivateKeyJwt(await signingKey(privateJwk)),
  bank: async ({ privateJwk }) => openid.PrivateKeyJwt(await signingKey(privateJwk)),
  merchant: ({ secret }) => openid.ClientSecretBasic(secret),
  hybrid: ({ secret }) => openid.ClientSecretBasic(secret),
  worker: ({ secret }) => openid.ClientSecretPost(secret),
  prover: ({ secret }) => openid.ClientSecretPost(secret),
  api: ({ secret }) => openid.ClientSecretBasic(secret),
};

/** A client's key as the library signs with it. */
export async function signingKey(jwk) {
  const der = createPrivateKey({ key: jwk, format: "jwk" }).export({ format: "der", type: "pkcs8" });
  const algorithm = { name: "ECDSA", namedCurve: jwk.crv };
  return { key: await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]), kid: jwk.kid };
}

/** The library's configuration for one of the deployment's clients, by discovery. */
export async function discover(clientId) {
  const authentication = await AUTHENTICATION[clientId](deployment.clients[clientId]);
  const extensions = [openid.allowInsecureRequests, openid.enableNonRepudiationChecks];
  return openid.discovery(new URL(deployment.issuer), clientId, {}, authentication, {
    execute: extensions,
  });
}

/**
 * Begins a code flow: the URL to send the browser to, and what to check the answer against. `build`
 * makes the URL of the parameters.
 */
export async function authorizationRequest(config, parameters = {}, build = openid.buildAuthorizationUrl) {
  const checks = {
    pkceCodeVerifier: openid.randomPKCECodeVerifier(),
    expectedState: openid.randomState(),
    expectedNonce: openid.randomNonce(),
    idTokenExpected: true,
  };
  const url = await build(config, {
    redirect_uri: deployment.redirectUri,
    scope: "openid profile email",
    code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...parameters,
  });
  return { url, checks };
}

/** The whole journey: a person signs on in `browser`, and the application gets its tokens. */
export async function signOn(config, browser, person, parameters) {
  const { url, checks } = await authorizationRequest(config, parameters);
  const { url: callback, seen } = await complete(browser, url, person);
  const tokens = await openid.authorizationCodeGrant(config, callback, checks);
  return { tokens, seen, callback, checks };
}
