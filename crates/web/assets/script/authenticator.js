// The authenticator: it keeps keys that never leave this browser, shows what is to be decided, and signs
// what its person decides. docs/authenticator.md is the protocol.
"use strict";

const app = document.getElementById("authenticator");
const { base, url, issuer, applicationServer } = app.dataset;
const status = document.getElementById("status");

/* Bytes and signatures */

const utf8 = (text) => new TextEncoder().encode(text);
const base64url = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const now = () => Math.floor(Date.now() / 1000);

const sign = async (key, header, claims) => {
  const part = (value) => base64url(utf8(JSON.stringify(value)));
  const input = `${part({ alg: "ES256", ...header })}.${part(claims)}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(input));
  return `${input}.${base64url(signature)}`;
};

// JSON in its one form (RFC 8785): this language's own numbers and texts, members sorted.
const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
};
const digest = async (prefix, value) =>
  base64url(await crypto.subtle.digest("SHA-256", utf8(`${prefix}\0${canonical(value)}`)));

// What is shown is what is signed: the text has the digest that the record has, and the record that which is signed.
const PREFIXES = { transaction: "countersign transaction v1", sign_on: "countersign sign-on v1" };
const isAsShown = async ({ type, record, shown, digest: signed }) => {
  const text = await digest("countersign display v1", shown);
  const shows = record.display.some((it) => it.method === shown.method && it.digest === text);
  return shows && (await digest(PREFIXES[type], record)) === signed;
};

/* Accounts, in this browser alone */

const database = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("countersign-authenticator", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("accounts", { keyPath: "device" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
const stored = async (mode, work) => {
  const opened = await database();
  return new Promise((resolve, reject) => {
    const transaction = opened.transaction("accounts", mode);
    const request = work(transaction.objectStore("accounts"));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
  }).finally(() => opened.close());
};
const accounts = async () => (await stored("readonly", (store) => store.getAll())).filter((it) => it.base === base);
const keep = (account) => stored("readwrite", (store) => store.put(account));
const forget = (device) => stored("readwrite", (store) => store.delete(device));

/* The server */

// Every request is proved with the key (RFC 9449), each proof good for one.
const ask = async (account, method, path, { query = "", body, type, signal } = {}) => {
  const address = `${url}/devices/${account.device}${path}`;
  const claims = { jti: crypto.randomUUID(), htm: method, htu: address, iat: now() };
  const headers = { DPoP: await sign(account.key, { typ: "dpop+jwt", jwk: account.jwk }, claims) };
  if (type) headers["Content-Type"] = type;
  return fetch(`${base}/devices/${account.device}${path}${query}`, { method, headers, body, signal, cache: "no-store" });
};

const say = (what, isWrong = false) => {
  status.textContent = what ? (app.dataset[what] ?? what) : "";
  status.parentElement.hidden = !what;
  status.parentElement.classList.toggle("alert-danger", isWrong);
  status.parentElement.classList.toggle("alert-success", !isWrong);
};

/* Pairing */

const pairingKey = (text) => text.trim().match(/(?:^|#pair=)([0-9a-z]{26}\.[A-Za-z0-9_-]{20,})$/)?.[1];

const pair = async (pairing) => {
  const pairOfKeys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pairOfKeys.publicKey);
  const jwk = { kty, crv, x, y };
  const claims = { aud: issuer, iat: now(), pairing };
  const proof = await sign(pairOfKeys.privateKey, { typ: "pairing+jwt", jwk }, claims);
  const response = await fetch(`${base}/devices`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ proof }),
  });
  if (!response.ok) return false;
  const { device, username, display_name: displayName, environment, name } = await response.json();
  await keep({ device, base, key: pairOfKeys.privateKey, jwk, username, displayName, environment, name });
  return true;
};

const pairing = document.getElementById("pair");
pairing.addEventListener("submit", async (event) => {
  event.preventDefault();
  const key = pairingKey(pairing.elements.link.value);
  const paired = key && (await pair(key).catch(() => false));
  history.replaceState(null, "", location.pathname + location.search);
  delete pairing.dataset.sent;
  pairing.removeAttribute("aria-busy");
  if (paired) pairing.reset();
  say(paired ? "paired" : "notPaired", !paired);
  document.getElementById("add").open = !paired;
  await start();
});

/* What is to be decided */

const held = new Map();
const shown = new Map();
const template = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
const fill = (card, name, text) => {
  const place = card.querySelector(`[data-fill="${name}"]`);
  place.textContent = text ?? "";
  (place.closest("[data-line]") ?? place).hidden = !text;
};

const answer = async (account, request, decision, number) => {
  const claims = { aud: issuer, iat: now(), request: request.id, digest: request.digest, decision };
  if (number) claims.number = number;
  const body = await sign(account.key, { typ: "approval+jwt" }, claims);
  const response = await ask(account, "POST", `/requests/${request.id}`, { body, type: "application/jwt" });
  return response.ok ? { done: decision } : response.json();
};

const decide = async (card, account, request, decision) => {
  const number = card.querySelector("[name=number]").value.trim();
  for (const button of card.querySelectorAll("button")) button.disabled = true;
  const outcome = await answer(account, request, decision, number).catch(() => ({ error: "unreachable" }));
  const again = outcome.error === "wrong_number" && outcome.tries_left > 0;
  if (again || outcome.error === "unreachable") {
    for (const button of card.querySelectorAll("button")) button.disabled = false;
    fill(card, "problem", app.dataset[again ? "wrongNumber" : "unreachable"]);
    card.querySelector("[name=number]").focus();
    return;
  }
  remove(request.id);
  if (outcome.done) say(outcome.done === "approve" ? "approved" : "denied");
  else say(outcome.error === "wrong_number" ? "wrongNumbers" : "over", true);
};

const remove = (id) => {
  const { card, timer } = shown.get(id) ?? {};
  clearTimeout(timer);
  card?.remove();
  shown.delete(id);
  document.getElementById("nothing").hidden = shown.size > 0 || held.size === 0;
};

const show = async (account, request) => {
  if (shown.has(request.id)) return;
  const card = template("request-card");
  const { circumstance, shown: text } = request;
  const place = [circumstance.country, circumstance.address].filter(Boolean).join(" · ");
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "medium" });
  fill(card, "title", text.title);
  fill(card, "text", text.text);
  fill(card, "application", circumstance.application);
  if (circumstance.icon_url?.startsWith("https://")) {
    const icon = card.querySelector("[data-icon]");
    icon.firstElementChild.src = circumstance.icon_url;
    icon.hidden = false;
  }
  fill(card, "account", account.username);
  fill(card, "place", place);
  fill(card, "time", time.format(new Date(request.asked)));
  fill(card, "problem", "");
  card.querySelector("[data-shown]").lang = text.locale;
  card.querySelector("[data-number]").hidden = !request.number_matching;
  card.querySelector("[name=number]").required = request.number_matching;
  const genuine = await isAsShown(request).catch(() => false);
  card.querySelector("[value=approve]").disabled = !genuine;
  if (!genuine) fill(card, "problem", app.dataset.changed);
  card.addEventListener("submit", (event) => {
    event.preventDefault();
    decide(card, account, request, event.submitter?.value === "deny" ? "deny" : "approve");
  });
  if (shown.has(request.id)) return;
  // By the server's clock: what is left is what was left when it was asked for.
  const timer = setTimeout(() => remove(request.id), Math.max(0, request.until - request.asked));
  shown.set(request.id, { card, timer, device: account.device });
  say("");
  document.getElementById("nothing").hidden = true;
  document.getElementById("requests").append(card);
  card.querySelector("h2").focus();
};

// A few connections are held; with many accounts each is asked now and then, as browsers hold six in all.
const HOLDS = 3;
const listen = async (account, controller, holds) => {
  const { signal } = controller;
  const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  while (!signal.aborted) {
    const query = holds ? "?wait=25" : "";
    const response = await ask(account, "GET", "/requests", { query, signal }).catch(() => null);
    if (signal.aborted) return;
    if (response?.status === 404) return lost(account);
    const { requests } = response?.ok ? await response.json().catch(() => ({})) : {};
    for (const request of requests ?? []) await show(account, request);
    const open = new Set((requests ?? []).map(({ id }) => id));
    if (requests) for (const [id, it] of shown) if (it.device === account.device && !open.has(id)) remove(id);
    // What is shown is waited for; a server that cannot answer is left in peace for a while.
    await pause(!requests ? 10 : requests.length || !holds ? 3 : 0.2);
  }
};

const lost = (account) => {
  const item = document.querySelector(`[data-device="${account.device}"]`);
  if (item) fill(item, "state", app.dataset.lost);
};

/* The accounts */

const list = (all) => {
  const items = all.map((account) => {
    const item = template("account-item");
    item.dataset.device = account.device;
    fill(item, "name", account.displayName || account.username);
    fill(item, "detail", `${account.username} · ${account.environment}`);
    fill(item, "state", "");
    item.querySelector("button").addEventListener("click", async () => {
      if (!confirm(app.dataset.removing)) return;
      await ask(account, "DELETE", "/subscription").catch(() => null);
      await forget(account.device);
      await start();
    });
    return item;
  });
  document.getElementById("accounts").replaceChildren(...items);
  document.getElementById("yours").hidden = items.length === 0;
  document.getElementById("add").open ||= items.length === 0;
};

const start = async () => {
  const all = await accounts();
  list(all);
  for (const [device, controller] of held) {
    if (all.some((account) => account.device === device)) continue;
    controller.abort();
    held.delete(device);
  }
  for (const account of all) {
    if (held.has(account.device)) continue;
    const controller = new AbortController();
    held.set(account.device, controller);
    listen(account, controller, all.length <= HOLDS);
  }
  document.getElementById("nothing").hidden = shown.size > 0 || all.length === 0;
  await offerNotifications(all);
};

/* Notifications (Push API) */

const notify = document.getElementById("notify");
const subscribe = async () => {
  if ((await Notification.requestPermission()) !== "granted") return say("notNotified", true);
  const registration = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: bytes(applicationServer) };
  const subscription = await registration.pushManager.subscribe(options);
  const body = JSON.stringify(subscription);
  for (const account of await accounts()) await ask(account, "PUT", "/subscription", { body, type: "application/json" });
  notify.hidden = true;
  say("notified");
};
const offerNotifications = async (all) => {
  if (!applicationServer || !all.length || !("PushManager" in window) || !navigator.serviceWorker) return;
  const registration = await navigator.serviceWorker.getRegistration(base);
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) {
    notify.hidden = false;
    return;
  }
  const body = JSON.stringify(subscription);
  for (const account of all.filter((it) => !it.notified)) {
    const told = await ask(account, "PUT", "/subscription", { body, type: "application/json" }).catch(() => null);
    if (told?.ok) await keep({ ...account, notified: true });
  }
};
notify.addEventListener("click", () => subscribe().catch(() => say("notNotified", true)));

/* Here we go */

const begin = async () => {
  if (!window.isSecureContext || !crypto?.subtle || !window.indexedDB) throw new Error("unsupported");
  navigator.serviceWorker?.register(`${base}/worker.js`, { scope: base }).catch(() => null);
  const fill = () => {
    if (!pairingKey(location.hash)) return;
    pairing.elements.link.value = location.hash.slice("#pair=".length);
    document.getElementById("add").open = true;
    say("ready");
  };
  addEventListener("hashchange", fill);
  await start();
  app.hidden = false;
  fill();
};
begin().catch(() => (document.getElementById("unsupported").hidden = false));
