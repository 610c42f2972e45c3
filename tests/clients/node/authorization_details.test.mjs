// What exactly is to be approved (RFC 9396): a payment, by openid-client.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as openid from "openid-client";

import { Browser } from "../browser.mjs";
import { complete } from "../person.mjs";
import { authorizationRequest, deployment, discover } from "./relying_party.mjs";

const { alice } = deployment.people;

const payment = (amount) => ({
  type: "payment_initiation",
  instructedAmount: { currency: "EUR", amount },
  creditorName: "Merchant A",
  creditorAccount: { iban: "DE02100100109307118603" },
});

const asking = (...details) => ({ authorization_details: JSON.stringify(details) });

test("discovery says what can be asked for in detail", async () => {
  const metadata = (await discover("merchant")).serverMetadata();
  assert.deepEqual(metadata.authorization_details_types_supported, ["payment_initiation"]);
});

for (const [way, build] of [
  ["in the address", openid.buildAuthorizationUrl],
  ["pushed", openid.buildAuthorizationUrlWithPAR],
]) {
  test(`a payment is approved each time, and told to the API: ${way}`, async () => {
    const browser = new Browser(deployment.issuer);
    const config = await discover("merchant");
    for (const amount of ["123.50", "123.50", "9.99"]) {
      const { url, checks } = await authorizationRequest(config, asking(payment(amount)), build);
      const { url: callback, seen } = await complete(browser, url, alice);
      assert.ok(seen.includes("consent"), `${amount} was approved by nobody`);
      const tokens = await openid.authorizationCodeGrant(config, callback, checks);
      assert.deepEqual(tokens.authorization_details, [payment(amount)]);
      const told = await openid.tokenIntrospection(await discover("api"), tokens.access_token);
      assert.deepEqual(told.authorization_details, [payment(amount)]);
    }
  });
}

test("a refresh asks for less, and never for more", async () => {
  const config = await discover("merchant");
  const two = [payment("1.00"), payment("2.00")];
  const { url, checks } = await authorizationRequest(config, asking(...two));
  const { url: callback } = await complete(new Browser(deployment.issuer), url, alice);
  const tokens = await openid.authorizationCodeGrant(config, callback, checks);
  assert.deepEqual(tokens.authorization_details, two);
  const less = await openid.refreshTokenGrant(config, tokens.refresh_token, asking(payment("2.00")));
  assert.deepEqual(less.authorization_details, [payment("2.00")]);
  const more = openid.refreshTokenGrant(config, less.refresh_token, asking(payment("2.01")));
  await assert.rejects(more, { error: "invalid_authorization_details" });
});

test("what is not defined, or not for this client, is refused", async () => {
  for (const [clientId, details] of [
    ["merchant", { type: "money_laundering" }],
    ["merchant", { ...payment("1.00"), creditorName: undefined }],
    ["merchant", { ...payment("1.00"), quietly: true }],
    ["merchant", payment("a million")],
    ["shop", payment("1.00")],
  ]) {
    const config = await discover(clientId);
    const push = authorizationRequest(config, asking(details), openid.buildAuthorizationUrlWithPAR);
    await assert.rejects(push, { error: "invalid_authorization_details" }, JSON.stringify(details));
  }
});
