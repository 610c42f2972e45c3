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
  url.hash = "";
  const path = url.pathname.replace(/\/$/, "");
  url.pathname = path.endsWith(PATH) ? path : `${path}${PATH}`;
  return url;
}

function parse(given: string): URL {
  try {
    return new URL(given, globalThis.location?.href);
  } catch (cause) {
    throw new KeylessError("SERVICE_URL_PARSE_FAILED", { cause });
  }
}
