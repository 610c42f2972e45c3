// Shows what is new in the inbox without leaving the page.
const messages = document.getElementById("messages");

setInterval(async () => {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("messages");
  if (fresh && fresh.innerHTML !== messages.innerHTML) messages.replaceChildren(...fresh.childNodes);
}, 2000);
