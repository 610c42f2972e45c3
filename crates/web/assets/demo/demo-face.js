// Has the payment approved by the person's face, and their face set up before if it is not yet.
const checkout = document.getElementById("checkout");
const { customer, username, service, payment } = checkout.dataset;

const put = (name, attributes) => {
  const element = document.createElement(name);
  const all = { customer, username, "service-url": service, "enable-camera-instructions": "", ...attributes };
  for (const [attribute, value] of Object.entries(all)) element.setAttribute(attribute, value);
  checkout.replaceChildren(element);
  return element;
};

const refuse = (reason) => {
  const refused = document.getElementById("refused");
  refused.textContent = `The shop was not paid: ${reason}.`;
  refused.hidden = false;
};

const pay = () => {
  const element = put("kl-auth", { "transaction-data": payment });
  element.addEventListener("error", ({ detail }) => {
    if (detail.code === "SERVER_USER_NOT_FOUND") put("kl-enroll", {}).addEventListener("success", pay);
  });
  // What the page says counts for nothing: the shop has the JWT verified.
  element.addEventListener("success", async ({ detail }) => {
    const answer = await fetch("/face/verify", { method: "POST", body: detail.jwt }).catch(() => null);
    const { paid, reason } = answer?.ok ? await answer.json() : { reason: "it could not be verified" };
    if (!paid) return refuse(reason);
    document.getElementById("paid").hidden = false;
  });
};

pay();
