// A single-page application with PingOne's client library in it, as its vendor publishes it.
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The library, bundled as applications bundle it, as the member `oidc` of the page's window. */
async function bundled() {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export { oidc } from "@forgerock/oidc-client";',
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "library",
    footer: { js: "globalThis.oidc = library.oidc;" },
  });
  return outputFiles[0].text;
}

const PAGE = `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>Application</title>
  <link rel="icon" href="data:,">
  <h1>Application</h1>
  <script src="/library.js"></script>
</html>`;

/** Starts it; every page of it is the same. */
export async function startApplication() {
  const library = await bundled();
  const server = createServer((request, response) => {
    const isLibrary = request.url === "/library.js";
    const type = isLibrary ? "text/javascript" : "text/html";
    response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` });
    response.end(isLibrary ? library : PAGE);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
