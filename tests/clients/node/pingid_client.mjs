// A client of PingID's REST API, written from PingID's documentation alone: a request is a JWS that is
// signed with the organisation's key, and so is its answer.
import { createHmac, timingSafeEqual } from "node:crypto";

import { properties } from "./ppm_client.mjs";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));

/** `yyyy-MM-dd HH:mm:ss.SSS`, UTC. */
const timestamp = () => new Date().toISOString().replace("T", " ").replace("Z", "");

export class PingIdClient {
  #key;
  #token;

  constructor(file) {
    const { use_base64_key, token, org_alias, idp_url } = properties(file);
    this.#key = Buffer.from(use_base64_key, "base64");
    this.#token = token;
    this.alias = org_alias;
    this.idpUrl = idp_url;
  }

  /** A request as it is posted. */
  request(body, header = {}) {
    const reqHeader = {
      locale: "en",
      orgAlias: this.alias,
      secretKey: this.#token,
      timestamp: timestamp(),
      version: "4.9",
      ...header,
    };
    return this.sign({ reqHeader, reqBody: body });
  }

  sign(payload) {
    const header = { alg: "HS256", typ: "JWT", org_alias: this.alias, token: this.#token };
    const input = `${encode(header)}.${encode(payload)}`;
    return `${input}.${this.#mac(input).toString("base64url")}`;
  }

  /** Posts a request. */
  post(operation, jws) {
    const headers = { "Content-Type": "application/json", Accept: "*/*" };
    return fetch(`${this.idpUrl}/rest/4/${operation}/do`, { method: "POST", headers, body: jws });
  }

  /** Has an operation done: the answer, whatever it is. */
  async call(operation, body) {
    return this.read(await this.post(operation, this.request(body)));
  }

  /** The same of one that has to have this `errorId`. */
  async expect(errorId, operation, body) {
    const answer = await this.call(operation, body);
    if (answer.errorId !== errorId) throw new Error(`${operation}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** The report, which is no JWS. */
  async report(fileType) {
    const response = await this.post("getorgreport", this.request({ fileType }));
    if (response.status !== 200) throw new Error(await response.text());
    return response.text();
  }

  /** What an answer says that is signed with the key. */
  async read(response) {
    const text = await response.text();
    const [header, payload, signature] = text.split(".");
    if (!signature) throw new Error(`not signed: ${response.status} ${text}`);
    const expected = this.#mac(`${header}.${payload}`);
    const given = Buffer.from(signature, "base64url");
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error("not signed by the key");
    if (decode(header).alg !== "HS256") throw new Error("another algorithm");
    const { responseBody } = decode(payload);
    const { errorId, errorMsg, uniqueMsgId } = responseBody;
    if (!Number.isInteger(errorId) || typeof errorMsg !== "string" || typeof uniqueMsgId !== "string") {
      throw new Error(`not an answer: ${JSON.stringify(responseBody)}`);
    }
    return responseBody;
  }

  /** The address to which an activation code leads. */
  activationUrl(code) {
    return `${this.idpUrl}/QRRedirection?${Buffer.from(`act_code=${code}`).toString("base64")}`;
  }

  #mac(input) {
    return createHmac("sha256", this.#key).update(input).digest();
  }
}
