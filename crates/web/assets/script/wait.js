// Waits for what somebody does elsewhere: on their authenticator, or in the app that they pair.
"use strict";

const PAUSE = 1500;

for (const waiting of document.querySelectorAll("[data-wait]")) {
  const { wait, done, gone } = waiting.dataset;
  const look = async () => {
    const asked = fetch(wait, { headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual" });
    const response = await asked.catch(() => null);
    const state = response?.ok ? (await response.json()).state : response ? "gone" : "waiting";
    if (state === "waiting") setTimeout(look, PAUSE);
    else if (state === "approved") waiting.requestSubmit();
    else location.assign((state === "active" && done) || gone);
  };
  setTimeout(look, PAUSE);
}
