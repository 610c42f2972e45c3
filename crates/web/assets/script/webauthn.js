// Has a passkey or a security key answer, and sends what it signed (WebAuthn Level 3).
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

// What `PublicKeyCredential.parse…OptionsFromJSON` does, where it is missing.
const named = (list) => (list ?? []).map((credential) => ({ ...credential, id: bytes(credential.id) }));
const requestOptions = (json) =>
  PublicKeyCredential.parseRequestOptionsFromJSON?.(json) ??
  { ...json, challenge: bytes(json.challenge), allowCredentials: named(json.allowCredentials) };
const creationOptions = (json) =>
  PublicKeyCredential.parseCreationOptionsFromJSON?.(json) ?? {
    ...json,
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: named(json.excludeCredentials),
  };

// What `PublicKeyCredential.toJSON` does, where it is missing.
const answer = (credential) => {
  if (credential.toJSON) return credential.toJSON();
  const given = credential.response;
  const response = { clientDataJSON: text(given.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (given[name]) response[name] = text(given[name]);
  }
  if (given.getTransports) response.transports = given.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
};

const prepare = async (form) => {
  const status = form.querySelector("[data-webauthn-status]");
  const button = form.querySelector("[type=submit]");
  const say = (what) => (status.textContent = what ? status.dataset[what] : "");
  // Whoever sent the person here may want to know why the browser cannot go on: then the page is left.
  const report = (name) => {
    const told = document.getElementById("webauthn-report");
    const wanted = form.dataset.report === "all" || (form.dataset.report && name === "NotSupportedError");
    if (!told || !wanted) return false;
    told.elements.failure.value = name;
    told.submit();
    return true;
  };
  const json = JSON.parse(form.dataset.webauthn);
  const isPlatform = json.authenticatorSelection?.authenticatorAttachment === "platform";
  const lacks = async () =>
    !window.PublicKeyCredential ||
    (isPlatform && form.dataset.report && !(await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable()));
  if (await lacks()) {
    button.disabled = true;
    if (!report("NotSupportedError")) say("unsupported");
    return;
  }
  let waiting = null;
  const ask = async (mediation) => {
    waiting?.abort();
    waiting = new AbortController();
    const { signal } = waiting;
    try {
      const credential = json.rp
        ? await navigator.credentials.create({ publicKey: creationOptions(json), signal })
        : await navigator.credentials.get({ publicKey: requestOptions(json), signal, mediation });
      form.elements.assertion.value = JSON.stringify(answer(credential));
      form.submit();
    } catch (error) {
      // Whoever aborted it has begun another one; and nobody asked for what a page offers of itself.
      const isTold = !signal.aborted && mediation !== "conditional";
      if (isTold && report(error.name)) return;
      if (isTold) say("failed");
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say("waiting");
    ask("optional");
  });
  const offers = form.dataset.conditional && (await PublicKeyCredential.isConditionalMediationAvailable?.());
  if (offers) ask("conditional");
};

for (const form of document.querySelectorAll("[data-webauthn]")) prepare(form);
