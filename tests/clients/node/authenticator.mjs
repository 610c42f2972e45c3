// An authenticator, written from docs/authenticator.md alone: it holds a key, is asked what its person
// approves, and signs what they decide.
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** RFC 8785, for what has no numbers but whole ones. */
const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
};

const digest = (label, value) =>
  createHash("sha256").update(`${label}\0`).update(canonical(value)).digest("base64url");

export class Authenticator {
  #privateKey;
  #jwk;

  /** Is connected by a link that ends in `#pair=…`. */
  static async connected(link, issuer) {
    const app = new Authenticator();
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    app.#privateKey = privateKey;
    app.#jwk = publicKey.export({ format: "jwk" });
    const url = new URL(link);
    const pairing = url.hash.replace("#pair=", "");
    url.hash = "";
    app.base = url.href;
    app.issuer = issuer;
    const proof = app.#signed("pairing+jwt", { aud: issuer, iat: now(), pairing });
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ proof, subscription: null });
    const response = await fetch(`${app.base}/devices`, { method: "POST", headers, body });
    if (response.status !== 201) throw new Error(await response.text());
    app.device = (await response.json()).device;
    return app;
  }

  /** What there is to be decided, as soon as there is something. */
  async asked() {
    for (;;) {
      const response = await this.#ask("GET", "/requests", "?wait=10");
      const { requests } = await response.json();
      if (requests.length) return requests[0];
    }
  }

  /** Decides about a request, once it is what is shown. */
  async decide(request, decision, number) {
    const { shown, record, type } = request;
    // What is shown is what is signed.
    const label = `countersign ${type === "sign_on" ? "sign-on" : type} v1`;
    const displayed = digest("countersign display v1", shown);
    if (!JSON.stringify(record.display).includes(displayed) || digest(label, record) !== request.digest) {
      throw new Error(`not what is shown: ${JSON.stringify(request)}`);
    }
    const claims = { aud: this.issuer, iat: now(), request: request.id, digest: request.digest, decision };
    const jws = this.#signed("approval+jwt", number === undefined ? claims : { ...claims, number });
    return this.#ask("POST", `/requests/${request.id}`, "", jws);
  }

  async #ask(method, path, query, body) {
    const url = `${this.base}/devices/${this.device}${path}`;
    const proof = this.#signed("dpop+jwt", { jti: randomUUID(), htm: method, htu: url, iat: now() });
    const headers = { DPoP: proof, ...(body && { "Content-Type": "application/jwt" }) };
    const response = await fetch(`${url}${query}`, { method, headers, body });
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
    return response;
  }

  #signed(typ, claims) {
    const input = `${encode({ alg: "ES256", typ, jwk: this.#jwk })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(input), { key: this.#privateKey, dsaEncoding: "ieee-p1363" });
    return `${input}.${signature.toString("base64url")}`;
  }
}

const now = () => Math.floor(Date.now() / 1000);
