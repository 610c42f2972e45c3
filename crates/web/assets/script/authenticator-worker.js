// Shows that something is to be decided while the authenticator is closed, and opens it. What is to be
// decided is not in the notification: the page asks the server for it.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { title, text, lang, request } = event.data?.json() ?? {};
  const options = { body: text ?? "", lang, tag: request, icon: "/assets/authenticator.svg", requireInteraction: true };
  event.waitUntil(self.registration.showNotification(title ?? "", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const open = async () => {
    const windows = await self.clients.matchAll({ type: "window" });
    const here = windows.find(({ url }) => url.startsWith(self.registration.scope));
    return here ? here.focus() : self.clients.openWindow(self.registration.scope);
  };
  event.waitUntil(open());
});
