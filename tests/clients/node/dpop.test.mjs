// The journeys of applications whose tokens are bound to a key (RFC 9449), built with openid-client.
// The server of these tests asks for a nonce in every proof, so the first request of each key is
// answered with one and made again by the library.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as openid from "openid-client";

import { Browser } from "../browser.mjs";
import { complete } from "../person.mjs";
import { authorizationRequest, deployment, discover } from "./relying_party.mjs";

const { dana } = deployment.people;

/** A new key, and how often it was used. */
async function prover(config) {
  const keys = await openid.randomDPoPKeyPair();
  const DPoP = openid.getDPoPHandle(config, keys);
  const used = { times: 0 };
  const send = config[openid.customFetch] ?? fetch;
  config[openid.customFetch] = (url, options) => {
    if (new Headers(options.headers).has("dpop")) used.times += 1;
    return send(url, options);
  };
  return { DPoP, used };
}

/** A person signs on, and the application gets tokens that are bound to a key. */
async function signOn(config, { DPoP }) {
  const dpop_jkt = await DPoP.calculateThumbprint();
  const { url, checks } = await authorizationRequest(config, { dpop_jkt });
  const { url: callback } = await complete(new Browser(deployment.issuer), url, dana);
  const redeem = (options) => openid.authorizationCodeGrant(config, callback, checks, undefined, options);
  return { redeem, jkt: dpop_jkt };
}

const introspect = async (token) => openid.tokenIntrospection(await discover("api"), token);

const refusal = (code) => (error) => {
  assert.equal(error.error, code, `${error.message}: ${JSON.stringify(error.cause)}`);
  return true;
};

test("discovery says by which algorithms keys are proved", async () => {
  const metadata = (await discover("shop")).serverMetadata();
  const algorithms = metadata.dpop_signing_alg_values_supported;
  assert.ok(algorithms.includes("ES256") && algorithms.includes("Ed25519"));
  assert.ok(!algorithms.some((name) => name === "none" || name.startsWith("HS")));
});

test("tokens are bound to a key, and opened by it", async () => {
  const config = await discover("shop");
  const key = await prover(config);
  const { redeem, jkt } = await signOn(config, key);
  const tokens = await redeem({ DPoP: key.DPoP });
  assert.equal(tokens.token_type, "dpop");
  assert.equal(key.used.times, 2, "once without a nonce, once with it");
  const claims = tokens.claims();
  const user = await openid.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP: key.DPoP });
  assert.equal(user.email, dana.email);
  assert.equal(key.used.times, 3, "the nonce is good for userinfo as well");

  const answer = await introspect(tokens.access_token);
  assert.equal(answer.token_type, "DPoP");
  assert.deepEqual(answer.cnf, { jkt });

  const renewed = await openid.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: key.DPoP });
  assert.equal(renewed.token_type, "dpop");
});

test("a bound token is nothing to whoever lacks the key", async () => {
  const config = await discover("shop");
  const [key, thief] = [await prover(config), await prover(config)];
  const { redeem } = await signOn(config, key);
  const tokens = await redeem({ DPoP: key.DPoP });
  const { sub } = tokens.claims();
  const challenged = (scheme, error) => (refused) => {
    const challenge = refused.cause.find((it) => it.scheme === scheme);
    assert.equal(challenge?.parameters.error, error, JSON.stringify(refused.cause));
    return true;
  };
  await assert.rejects(
    openid.fetchUserInfo(config, tokens.access_token, sub),
    challenged("bearer", "invalid_token"),
  );
  await assert.rejects(
    openid.fetchUserInfo(config, tokens.access_token, sub, { DPoP: thief.DPoP }),
    challenged("dpop", "invalid_token"),
  );
});

test("a code that names a key is redeemed with it alone", async () => {
  const config = await discover("app");
  const [key, thief] = [await prover(config), await prover(config)];
  const { redeem } = await signOn(config, key);
  await assert.rejects(redeem({}), refusal("invalid_grant"));
  await assert.rejects(redeem({ DPoP: thief.DPoP }), refusal("invalid_grant"));
  const tokens = await redeem({ DPoP: key.DPoP });

  // A client without a secret shows its key for a refresh token, too.
  const refresh = (options) => openid.refreshTokenGrant(config, tokens.refresh_token, undefined, options);
  await assert.rejects(refresh({}), refusal("invalid_grant"));
  await assert.rejects(refresh({ DPoP: thief.DPoP }), refusal("invalid_grant"));
  assert.equal((await refresh({ DPoP: key.DPoP })).token_type, "dpop");
});

test("a service that must prove a key gets tokens with it alone", async () => {
  const config = await discover("prover");
  await assert.rejects(openid.clientCredentialsGrant(config), refusal("invalid_request"));
  const { DPoP } = await prover(config);
  const tokens = await openid.clientCredentialsGrant(config, undefined, { DPoP });
  assert.equal(tokens.token_type, "dpop");
  const { cnf } = await introspect(tokens.access_token);
  assert.deepEqual(cnf, { jkt: await DPoP.calculateThumbprint() });
});

for (const algorithm of ["ES256", "RS256", "PS256", "EdDSA", "Ed25519"]) {
  test(`a key for ${algorithm} is believed`, async (context) => {
    const config = await discover("prover");
    const keys = await openid.randomDPoPKeyPair(algorithm).catch(() => null);
    if (!keys) return context.skip("the library does not know the algorithm");
    const DPoP = openid.getDPoPHandle(config, keys);
    const tokens = await openid.clientCredentialsGrant(config, undefined, { DPoP });
    assert.equal(tokens.token_type, "dpop");
  });
}
