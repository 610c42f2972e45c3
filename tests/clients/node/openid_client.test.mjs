// The journeys of an application that is built with openid-client. The library itself checks every
// answer against the specifications: issuer, state, nonce, PKCE, `iss`, and the ID token's signature.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as openid from "openid-client";

import { Browser } from "../browser.mjs";
import { complete } from "../person.mjs";
import { authorizationRequest, deployment, discover, signOn } from "./relying_party.mjs";

const { alice, bob } = deployment.people;
const newBrowser = () => new Browser(deployment.issuer);

/** A check for `assert.rejects`: the server refused with this OAuth error code. */
const refusal = (code) => (error) => {
  assert.equal(error.error, code, `${error.message}: ${JSON.stringify(error.cause)}`);
  return true;
};

const introspect = async (token) => openid.tokenIntrospection(await discover("api"), token);

test("discovery says where everything is and what is safe to ask for", async () => {
  const config = await discover("shop");
  const metadata = config.serverMetadata();
  assert.equal(metadata.issuer, deployment.issuer);
  assert.equal(metadata.token_endpoint, `${deployment.issuer}/as/token.oauth2`);
  assert.equal(metadata.end_session_endpoint, `${deployment.issuer}/idp/init_logout.openid`);
  assert.ok(metadata.supportsPKCE("S256"));
  assert.ok(metadata.authorization_response_iss_parameter_supported);
  assert.ok(!metadata.id_token_signing_alg_values_supported.includes("none"));
});

test("a person signs on and the application learns who they are", async () => {
  const config = await discover("shop");
  const { tokens, seen } = await signOn(config, newBrowser(), alice);
  assert.deepEqual(seen, ["sign-on"]);
  const claims = tokens.claims();
  assert.ok(claims.amr.includes("pwd"));
  const user = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(user.email, alice.email);
});

test("a person with an authenticator app gives its code as well", async () => {
  const config = await discover("shop");
  const { tokens, seen } = await signOn(config, newBrowser(), bob);
  assert.deepEqual(seen, ["sign-on", "one-time-code"]);
  const { amr } = tokens.claims();
  assert.ok(amr.includes("pwd") && amr.includes("otp"), `amr is ${amr}`);
});

test("in the same browser another application needs no second sign-on", async () => {
  const browser = newBrowser();
  const first = await signOn(await discover("shop"), browser, alice);
  const second = await signOn(await discover("signer"), browser, alice);
  assert.deepEqual(second.seen, []);
  assert.equal(second.tokens.claims().sub, first.tokens.claims().sub);
  assert.equal(second.tokens.claims().auth_time, first.tokens.claims().auth_time);
});

test("prompt=login and max_age=0 ask for the password again", async () => {
  const browser = newBrowser();
  const config = await discover("shop");
  await signOn(config, browser, alice);
  const prompted = await signOn(config, browser, alice, { prompt: "login" });
  assert.deepEqual(prompted.seen, ["sign-on"]);
  const aged = await signOn(config, browser, alice, { max_age: "0" });
  assert.deepEqual(aged.seen, ["sign-on"]);
});

test("prompt=none without a session is refused with login_required", async () => {
  const config = await discover("shop");
  const { url, checks } = await authorizationRequest(config, { prompt: "none" });
  const { url: callback } = await complete(newBrowser(), url, alice);
  await assert.rejects(
    openid.authorizationCodeGrant(config, callback, checks),
    refusal("login_required"),
  );
});

test("a public client needs approval, once", async () => {
  const browser = newBrowser();
  const config = await discover("app");
  const first = await signOn(config, browser, alice);
  assert.deepEqual(first.seen, ["sign-on", "consent"]);
  const second = await signOn(config, browser, alice);
  assert.deepEqual(second.seen, []);
});

test("a person who does not approve gives nothing away", async () => {
  const config = await discover("app");
  // A scope that nobody has approved yet, so that the question is asked.
  const parameters = { scope: "openid phone" };
  const { url, checks } = await authorizationRequest(config, parameters);
  const { url: callback, seen } = await complete(newBrowser(), url, { ...alice, decision: "deny" });
  assert.equal(seen.at(-1), "consent");
  assert.equal(callback.searchParams.get("code"), null);
  await assert.rejects(
    openid.authorizationCodeGrant(config, callback, checks),
    refusal("access_denied"),
  );
});

test("private_key_jwt authenticates a client", async () => {
  const config = await discover("signer");
  const { tokens } = await signOn(config, newBrowser(), alice);
  const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token);
  assert.ok(refreshed.access_token);
});

test("another verifier does not redeem the code", async () => {
  const config = await discover("app");
  const { url, checks } = await authorizationRequest(config);
  const { url: callback } = await complete(newBrowser(), url, alice);
  const wrong = { ...checks, pkceCodeVerifier: openid.randomPKCECodeVerifier() };
  await assert.rejects(
    openid.authorizationCodeGrant(config, callback, wrong),
    refusal("invalid_grant"),
  );
});

test("a code that is redeemed twice takes its tokens with it", async () => {
  const config = await discover("shop");
  const { tokens, callback, checks } = await signOn(config, newBrowser(), alice);
  assert.equal((await introspect(tokens.access_token)).active, true);
  await assert.rejects(
    openid.authorizationCodeGrant(config, callback, checks),
    refusal("invalid_grant"),
  );
  assert.equal((await introspect(tokens.access_token)).active, false);
});

test("a refresh token is good once, and its reuse ends the grant", async () => {
  const config = await discover("shop");
  const { tokens: first } = await signOn(config, newBrowser(), alice);
  const second = await openid.refreshTokenGrant(config, first.refresh_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  await assert.rejects(
    openid.refreshTokenGrant(config, first.refresh_token),
    refusal("invalid_grant"),
  );
  await assert.rejects(
    openid.refreshTokenGrant(config, second.refresh_token),
    refusal("invalid_grant"),
  );
});

test("a resource server learns what a token is worth, until it is revoked", async () => {
  const config = await discover("shop");
  const { tokens } = await signOn(config, newBrowser(), alice);
  const before = await introspect(tokens.access_token);
  assert.equal(before.active, true);
  assert.equal(before.client_id, "shop");
  await openid.tokenRevocation(config, tokens.access_token);
  assert.deepEqual(await introspect(tokens.access_token), { active: false });
  await assert.rejects(
    openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub),
    (error) => error.cause?.[0]?.parameters?.error === "invalid_token",
  );
});

test("a revoked refresh token renews nothing", async () => {
  const config = await discover("shop");
  const { tokens } = await signOn(config, newBrowser(), alice);
  await openid.tokenRevocation(config, tokens.refresh_token, { token_type_hint: "refresh_token" });
  await assert.rejects(
    openid.refreshTokenGrant(config, tokens.refresh_token),
    refusal("invalid_grant"),
  );
});

test("an application signs a person out", async () => {
  const browser = newBrowser();
  const config = await discover("shop");
  const { tokens } = await signOn(config, browser, alice);
  const request = openid.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: deployment.signedOutUri,
    state: "the way home",
  });
  const { left } = await browser.open(request.href);
  assert.equal(`${left.origin}${left.pathname}`, deployment.signedOutUri);
  assert.equal(left.searchParams.get("state"), "the way home");
  const again = await signOn(config, browser, alice);
  assert.deepEqual(again.seen, ["sign-on"]);
});

test("a service gets a token for itself", async () => {
  const tokens = await openid.clientCredentialsGrant(await discover("worker"));
  assert.equal(tokens.refresh_token, undefined);
  const answer = await introspect(tokens.access_token);
  assert.equal(answer.active, true);
  assert.equal(answer.client_id, "worker");
});

test("a wrong secret is refused", async () => {
  const { issuer } = deployment;
  const config = await openid.discovery(
    new URL(issuer),
    "worker",
    {},
    openid.ClientSecretBasic("not the secret"),
    { execute: [openid.allowInsecureRequests] },
  );
  await assert.rejects(openid.clientCredentialsGrant(config), (error) => {
    const code = error.error ?? error.cause?.error;
    assert.equal(error.status ?? error.response?.status, 401);
    assert.ok(code === "invalid_client" || error.cause?.[0]?.scheme === "basic");
    return true;
  });
});
