// The ways to ask and to be answered besides the plain ones: requests that are pushed (RFC 9126) and
// signed (RFC 9101), answers that are signed (JARM) or carry an ID token, built with openid-client.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as openid from "openid-client";

import { Browser } from "../browser.mjs";
import { complete } from "../person.mjs";
import { authorizationRequest, deployment, discover, signingKey } from "./relying_party.mjs";

const { alice } = deployment.people;
const newBrowser = () => new Browser(deployment.issuer);
const keyOf = (clientId) => signingKey(deployment.clients[clientId].privateJwk);

const refusal = (code) => (error) => {
  assert.equal(error.error, code, `${error.message}: ${JSON.stringify(error.cause)}`);
  return true;
};

const pushed = openid.buildAuthorizationUrlWithPAR;

/** Requests signed with a client's key. */
async function signed(clientId) {
  const key = await keyOf(clientId);
  return (config, parameters) => openid.buildAuthorizationUrlWithJAR(config, parameters, key);
}

/** Requests signed with a client's key, then pushed. */
async function signedAndPushed(clientId) {
  const sign = await signed(clientId);
  return async (config, parameters) =>
    pushed(config, new URLSearchParams({ request: (await sign(config, parameters)).searchParams.get("request") }));
}

/** A person signs on for a request that is made by `build`. */
async function signOn(config, build, parameters) {
  const { url, checks } = await authorizationRequest(config, parameters, build);
  const { url: callback } = await complete(newBrowser(), url, alice);
  const tokens = await openid.authorizationCodeGrant(config, callback, checks);
  assert.equal((await openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)).email, alice.email);
  return { url, callback };
}

test("discovery says that requests can be pushed, signed and encrypted", async () => {
  const metadata = (await discover("shop")).serverMetadata();
  assert.equal(metadata.pushed_authorization_request_endpoint, `${deployment.issuer}/as/par.oauth2`);
  assert.equal(metadata.require_pushed_authorization_requests, false);
  assert.equal(metadata.request_parameter_supported, true);
  assert.ok(metadata.request_object_signing_alg_values_supported.includes("ES256"));
  assert.ok(metadata.request_object_encryption_alg_values_supported.includes("RSA-OAEP-256"));
  assert.ok(metadata.authorization_signing_alg_values_supported.includes("ES256"));
});

test("a request is pushed, and the browser brings no more than a reference", async () => {
  for (const clientId of ["shop", "signer"]) {
    const { url } = await signOn(await discover(clientId), pushed);
    assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
  }
});

test("a public client pushes its request", async () => {
  const config = await discover("app");
  const { url, checks } = await authorizationRequest(config, {}, pushed);
  const { url: callback } = await complete(newBrowser(), url, alice);
  const tokens = await openid.authorizationCodeGrant(config, callback, checks);
  assert.ok(tokens.id_token);
});

test("a reference is answered once", async () => {
  const config = await discover("shop");
  const { url, checks } = await authorizationRequest(config, {}, pushed);
  const { url: callback } = await complete(newBrowser(), url, alice);
  await openid.authorizationCodeGrant(config, callback, checks);
  const page = await newBrowser().open(url.href);
  assert.equal(page.status, 400);
});

test("what would be refused is refused when it is pushed", async () => {
  const config = await discover("shop");
  const elsewhere = { redirect_uri: "https://evil.example/callback" };
  await assert.rejects(authorizationRequest(config, elsewhere, pushed), refusal("invalid_request"));
  const scope = { scope: "openid nonsense" };
  await assert.rejects(authorizationRequest(config, scope, pushed), refusal("invalid_scope"));
});

test("a signed request counts, and nothing beside it", async () => {
  const config = await discover("signer");
  const { url, checks } = await authorizationRequest(config, { max_age: "3600" }, await signed("signer"));
  assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request"]);
  url.searchParams.set("state", "beside");
  url.searchParams.set("redirect_uri", "https://evil.example/callback");
  const { url: callback } = await complete(newBrowser(), url, alice);
  const tokens = await openid.authorizationCodeGrant(config, callback, { ...checks, maxAge: 3600 });
  assert.ok(tokens.claims().auth_time);
});

test("a request that another has signed is refused", async () => {
  const config = await discover("signer");
  const { privateKey: key } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const build = (config, parameters) => openid.buildAuthorizationUrlWithJAR(config, parameters, key);
  const { url, checks } = await authorizationRequest(config, {}, build);
  url.searchParams.set("redirect_uri", deployment.redirectUri);
  url.searchParams.set("state", checks.expectedState);
  const { left: callback } = await newBrowser().open(url.href);
  const redeemed = openid.authorizationCodeGrant(config, callback, checks);
  await assert.rejects(redeemed, refusal("invalid_request_object"));
});

test("a signed request is pushed", async () => {
  await signOn(await discover("signer"), await signedAndPushed("signer"));
});

test("a signed request is taken once where that is demanded", async () => {
  const config = await discover("signer");
  const { url } = await authorizationRequest(config, {}, await signed("signer"));
  const first = await newBrowser().open(url.href);
  assert.equal(first.status, 200);
  const { left } = await newBrowser().open(url.href);
  assert.equal(left.searchParams.get("error"), "invalid_request_object");
});

/** What the client is sent, as its library takes it: in the query, or as a request with a form. */
function received({ url, posted }, mode) {
  if (mode === "form_post.jwt") return new Request(url, { method: "POST", body: posted });
  if (mode !== "fragment.jwt") return url;
  const handed = new URL(url);
  [handed.search, handed.hash] = [url.hash.slice(1), ""];
  return handed;
}

for (const mode of ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"]) {
  test(`a signed answer by ${mode}, to a signed request that was pushed`, async () => {
    const config = await discover("bank");
    const build = await signedAndPushed("bank");
    const { url, checks } = await authorizationRequest(config, { response_mode: mode }, build);
    const answer = await complete(newBrowser(), url, alice);
    assert.equal(answer.url.hash.startsWith("#response="), mode === "fragment.jwt");
    assert.equal(answer.posted?.has("response") ?? false, mode === "form_post.jwt");
    // The library asks for `jwt` by itself; which other mode it was does not matter to it.
    const protecting = await discover("bank");
    openid.useJwtResponseMode(protecting);
    const tokens = await openid.authorizationCodeGrant(protecting, received(answer, mode), checks);
    assert.ok(tokens.claims().sub);
  });
}

test("a client that must sign, push and be answered in signed form cannot leave any of it", async () => {
  const config = await discover("bank");
  const parameters = { response_mode: "jwt" };
  await assert.rejects(authorizationRequest(config, parameters, pushed), refusal("invalid_request"));
  const unprotected = { response_mode: "query" };
  const build = await signedAndPushed("bank");
  await assert.rejects(authorizationRequest(config, unprotected, build), refusal("invalid_request"));
  openid.useJwtResponseMode(config);
  const { url, checks } = await authorizationRequest(config, parameters, await signed("bank"));
  const { left: callback } = await newBrowser().open(url.href);
  const redeemed = openid.authorizationCodeGrant(config, callback, checks);
  await assert.rejects(redeemed, refusal("invalid_request"));
});

test("an ID token comes with the code, in the fragment or as a form", async () => {
  for (const mode of ["fragment", "form_post"]) {
    const config = await discover("hybrid");
    openid.useCodeIdTokenResponseType(config);
    const { url, checks } = await authorizationRequest(config, { response_mode: mode });
    assert.equal(url.searchParams.get("response_type"), "code id_token");
    const { url: callback, posted } = await complete(newBrowser(), url, alice);
    const answer = posted ? new Request(callback, { method: "POST", body: posted }) : callback;
    // The library checks the nonce, the signature and c_hash of the ID token that comes first.
    const tokens = await openid.authorizationCodeGrant(config, answer, checks);
    assert.ok(tokens.claims().sub);
  }
});

test("an ID token that comes with the code signs its state", async () => {
  const config = await discover("hybrid");
  openid.useCodeIdTokenResponseType(config);
  openid.enableDetachedSignatureResponseChecks(config);
  const { url, checks } = await authorizationRequest(config);
  const { url: callback } = await complete(newBrowser(), url, alice);
  const tokens = await openid.authorizationCodeGrant(config, callback, checks);
  assert.ok(tokens.access_token);
});
