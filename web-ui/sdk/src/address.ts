// Where the service is.
import { KeylessError } from "./error.js";

const PATH = "/recognize/v2";

/** The address that sessions connect to, from what whoever integrates has given: `service` or `ws`. */
export function socketAddress(service: string | undefined, ws: string | undefined): URL {
  const given = ws || service;
  if (!given) throw new KeylessError("SERVICE_URL_UNSET");
  const url = parse(given);
  const scheme = { "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" }[url.protocol];
  if (!scheme) throw new KeylessError("SERVICE_URL_PARSE_FAILED");
  url.protocol = scheme;
  if (!isSafe(url)) throw new KeylessError("SERVICE_URL_PARSE_FAILED");
  url.hash = "";
  const path = url.pathname.replace(/\/$/, "");
  url.pathname = path.endsWith(PATH) ? path : `${path}${PATH}`;
  return url;
}

/** The secret of a device goes nowhere in the clear, but to this machine. */
function isSafe({ protocol, hostname, username, password }: URL): boolean {
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return !username && !password && (protocol === "wss:" || isHere);
}

function parse(given: string): URL {
  try {
    return new URL(given, globalThis.location?.href);
  } catch (cause) {
    throw new KeylessError("SERVICE_URL_PARSE_FAILED", { cause });
  }
}
