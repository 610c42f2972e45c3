// A client of PPM, written from PingID's documentation alone: a request is a JWT that is signed with
// the organisation's key, and is posted through the browser; so is the answer.
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));

/** The values of a `pingid.properties`, which Java has escaped. */
export function properties(file) {
  const lines = file.split("\n").filter((line) => line && !line.startsWith("#"));
  const pairs = lines.map((line) => line.match(/^([^=]*[^\\=])=(.*)$/));
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value.replaceAll("\\", "")]));
}

export class PpmClient {
  #key;

  constructor(file) {
    const { use_base64_key, org_alias, authenticator_url } = properties(file);
    this.#key = Buffer.from(use_base64_key, "base64");
    this.alias = org_alias;
    this.authenticator = authenticator_url;
  }

  /** Where somebody signs on. */
  get signOnUrl() {
    return `${this.authenticator}/auth/`;
  }

  /** Where somebody sets up a key: on the same host. */
  get registrationUrl() {
    return new URL("/registration/webauthn", this.authenticator).href;
  }

  /** A request for `username` to sign on. */
  request(username, returnUrl, attributes = {}) {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: "Client",
      sub: username,
      aud: "pingidauthenticator",
      nonce: randomUUID(),
      iat: now,
      exp: now + 600,
      jti: randomUUID(),
      idpAccountId: this.alias,
      returnUrl,
      attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
    };
  }

  /** The JWT of a request. */
  sign(request) {
    const input = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(request)}`;
    return `${input}.${this.#mac(input).toString("base64url")}`;
  }

  /** What the browser posts. */
  form(request) {
    return { idp_account_id: this.alias, iss: request.iss, ppm_request: this.sign(request) };
  }

  /** What it posts where somebody sets up a key. */
  registrationForm(request) {
    return { orgUuid: this.alias, ppm_request: this.sign(request) };
  }

  /** The answer to a request, checked as the documentation describes its members. */
  verify(token, request) {
    const [header, payload, signature] = token.split(".");
    const expected = this.#mac(`${header}.${payload}`);
    const given = Buffer.from(signature, "base64url");
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error("not signed by the key");
    if (decode(header).alg !== "HS256") throw new Error("another algorithm");
    const answer = decode(payload);
    const now = Date.now() / 1000;
    const wrong = Object.entries({
      iss: request.aud,
      aud: request.iss,
      sub: request.sub,
      dst: request.returnUrl,
      idpAccountId: this.alias,
      nonce: request.nonce,
      inResponseTo: request.jti,
    }).filter(([name, value]) => answer[name] !== value);
    if (wrong.length) throw new Error(`not as it was asked: ${JSON.stringify(wrong)} in ${JSON.stringify(answer)}`);
    if (answer.iat > now + 5 || answer.exp <= now || !answer.jti) throw new Error("not good now");
    return answer;
  }

  #mac(input) {
    return createHmac("sha256", this.#key).update(input).digest();
  }
}
