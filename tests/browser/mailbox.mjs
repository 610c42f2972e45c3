// A mail server that takes what it is sent, over TLS, and keeps the last of it.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:tls";

import { makeServerCertificate } from "../clients/certificates.mjs";

/** What of a message is text, without how it was packed for its way. */
function unpacked(message) {
  const joined = message.replace(/=\r?\n/g, "");
  return joined.replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
}

/**
 * Starts it with a certificate in `directory`: how a server is configured for it, and the last code that
 * was mailed.
 */
export async function startMailbox(directory) {
  const { authority, certificate, key } = await makeServerCertificate(directory);
  const messages = [];
  const server = createServer({ cert: await readFile(certificate), key: await readFile(key) });
  server.on("secureConnection", (socket) => {
    let data = null;
    let rest = "";
    socket.setEncoding("utf8");
    socket.on("error", () => {});
    socket.write("220 mailbox\r\n");
    const told = (line) => {
      const command = line.slice(0, 4).toUpperCase();
      if (command === "DATA") {
        data = [];
        return "354 go on";
      }
      if (command === "QUIT") return "221 bye";
      return "250 mailbox";
    };
    socket.on("data", (chunk) => {
      const lines = (rest + chunk).split("\r\n");
      rest = lines.pop();
      for (const line of lines) {
        if (data && line === ".") {
          messages.push(unpacked(data.join("\r\n")));
          data = null;
          socket.write("250 taken\r\n");
        } else if (data) data.push(line);
        else socket.write(`${told(line)}\r\n`);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    environment: {
      COUNTERSIGN_FETCH_TRUSTED_ISSUERS: authority,
      COUNTERSIGN_MAIL_URL: `smtps://127.0.0.1:${server.address().port}`,
      COUNTERSIGN_MAIL_FROM: "Example <no-reply@example.com>",
    },
    /** The code of this form in the message that comes next after `seen` of them. */
    async code(seen, form = /\b[A-Z0-9]{8}\b/) {
      for (let tries = 0; messages.length <= seen && tries < 200; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const body = messages[seen]?.split("\r\n\r\n").slice(1).join("\n") ?? "";
      const found = body.match(form);
      if (!found) throw new Error(`no code in: ${messages[seen]}`);
      return found[0];
    },
    count: () => messages.length,
    stop: () => server.close(),
  };
}
