// An application that shows the pages of flows with PingFederate's widget, as its vendor publishes it.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const WIDGET = createRequire(import.meta.url).resolve("@ping-identity/pf-authn-js-widget");

/** A page with the widget in it, which `script` starts. */
const page = (issuer, script) => `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>Portal</title>
  <link rel="icon" href="data:,">
  <main id="authnwidget"></main>
  <script src="/widget.js"></script>
  <script>
    const widget = new PfAuthnWidget(${JSON.stringify(issuer)}, { divId: "authnwidget", logo: "data:," });
    ${script}
  </script>
</html>`;

/**
 * Starts it for the server of `issuer()`. "/sign-on" is where browsers are led to, "/callback" where
 * they come back to, and "/app" signs on without redirects, with the members of its query in the
 * widget's configuration; what it is answered is in `window.answered` or `window.failed`.
 */
export async function startPortal(issuer, host = "127.0.0.1") {
  const widget = await readFile(WIDGET);
  const answers = {
    "/widget.js": () => ["text/javascript", widget],
    "/sign-on": () => ["text/html", page(issuer(), "widget.init();")],
    "/callback": () => ["text/html", "<!doctype html><title>Back</title><h1>Back</h1>"],
    "/app": ({ searchParams }) => {
      const { cookieless, flowType, ...asked } = Object.fromEntries(searchParams);
      const type = flowType ? { flowType: Number(flowType) } : {};
      const configuration = JSON.stringify({ ...asked, ...type, cookieless: cookieless === "true" });
      const script = `widget.initRedirectless({
        ...${configuration},
        onAuthorizationSuccess: (answer) => { window.answered = answer; },
        onAuthorizationFailed: (answer) => { window.failed = answer; },
      });`;
      return ["text/html", page(issuer(), script)];
    },
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    const [type, body] = answers[url.pathname]?.(url) ?? [];
    response.writeHead(body ? 200 : 404, { "Content-Type": `${type ?? "text/plain"}; charset=utf-8` });
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://${host}:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
