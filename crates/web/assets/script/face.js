// A face, looked at in one session of Recognize that the page's ticket opens. docs/recognize-protocol.md is the
// protocol; the key and the secret of this browser never leave what only this origin can read.
"use strict";

const camera = document.getElementById("face-camera");
const part = (name) => document.getElementById(`face-${name}`);
const { recognize, ticket, person, done } = camera.dataset;
const isEnrolment = Boolean(done);

/* Bytes and signatures */

const utf8 = (text) => new TextEncoder().encode(text);
const base64url = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const bytes = async (...parts) => new Uint8Array(await new Blob(parts).arrayBuffer());
const sha256 = async (...parts) => base64url(await crypto.subtle.digest("SHA-256", await bytes(...parts)));
const counted = (text) => {
  const said = utf8(text);
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, said.length);
  return [length.buffer, said];
};

/* This browser's device, of this person here */

const database = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("countersign-face", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("devices", { keyPath: "name" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
const stored = async (mode, work) => {
  const opened = await database();
  return new Promise((resolve, reject) => {
    const transaction = opened.transaction("devices", mode);
    const request = work(transaction.objectStore("devices"));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
  }).finally(() => opened.close());
};
const name = `${recognize} ${person}`;
// What is being enrolled is kept before the server hears of it: its end may not be told.
const begun = `${name} begun`;

// Each enrolment has a secret of its own, so that what is kept of one face is never like what was kept before.
const device = async () => {
  const known = await stored("readonly", (store) => store.get(name));
  if (!isEnrolment) return known ?? stored("readonly", (store) => store.get(begun));
  const secret = crypto.getRandomValues(new Uint8Array(32));
  if (known) return { ...known, secret };
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  // RFC 7638 §3: the members in this order, and nothing else.
  const id = await sha256(utf8(JSON.stringify({ crv, kty, x, y })));
  return { name, id, key: pair.privateKey, jwk: { kty, crv, x, y }, secret };
};

const begin = async ({ key, jwk, secret }, said, opened) => {
  const claims = {
    transcript: await sha256(utf8("countersign recognize v2\0"), ...said.flatMap(counted)),
    factor: "face",
    // No PIN, no new one, none removed.
    secrets: await sha256(utf8("countersign recognize secrets v2\0"), secret, new Uint8Array(3)),
    transaction: opened.transaction?.digest,
    consent: opened.consent?.version,
  };
  const json = (value) => base64url(utf8(JSON.stringify(value)));
  const input = `${json({ alg: "ES256", typ: "recognize-begin+jwt", jwk })}.${json(claims)}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(input));
  return { type: "begin", proof: `${input}.${base64url(signature)}`, secret: base64url(secret) };
};

/* What is shown and said */

const say = (word) => {
  part("status").textContent = word ? camera.dataset[word] : "";
};
const words = {
  SERVER_USER_NOT_FOUND: "unknown",
  SERVER_USER_ALREADY_ENROLLED: "known",
  SERVER_USER_LOCKED_OUT: "locked",
  SERVER_NO_ATTEMPTS_LEFT: "failed",
  SERVER_UNAVAILABLE_SERVICE: "busy",
};
const camel = (word) => word.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const fail = (word) => {
  say("");
  part("view").hidden = true;
  part("shown").hidden = true;
  part("start").hidden = true;
  const problem = part("problem");
  problem.querySelector("p").textContent = camera.dataset[word];
  problem.hidden = false;
  // A ticket is good for one session: trying again takes another, which the page before has.
  const again = part("again") ?? part("resend");
  if (again && !["unknown", "known", "unsupported"].includes(word)) again.hidden = false;
};

// Until the person has agreed to what is shown, letter by letter.
const agreed = ({ consent, transaction }) => {
  if (!consent && !transaction) return Promise.resolve();
  part("consent").textContent = consent?.text ?? "";
  part("consent").hidden = !consent;
  const line = ({ label, value }) => {
    const row = document.createElement("div");
    for (const [tag, text] of [["dt", label], ["dd", value]]) row.appendChild(document.createElement(tag)).textContent = text;
    return row;
  };
  part("pairs").replaceChildren(...(transaction?.pairs ?? []).map(line));
  part("pairs").hidden = !transaction;
  part("shown").hidden = false;
  say("");
  const start = part("start");
  start.textContent = camera.dataset[consent ? "agree" : "approve"];
  start.hidden = false;
  part("shown").focus();
  return new Promise((resolve) => start.addEventListener("click", resolve, { once: true })).then(() => {
    start.hidden = true;
    part("shown").hidden = Boolean(consent);
  });
};

/* The session */

const look = async (video) => {
  const wanted = { video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 } }, audio: false };
  video.srcObject = await navigator.mediaDevices.getUserMedia(wanted);
  await video.play();
  part("view").hidden = false;
};

// The picture as the camera makes it, not mirrored, and no larger than it may be.
const picture = (video, canvas) => {
  const scale = Math.min(1, 640 / video.videoWidth, 480 / video.videoHeight);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
};

const PAUSE = 80;

class Session {
  constructor(own) {
    this.own = own;
    this.said = [];
    this.frame = 0;
    this.unanswered = 0;
    this.pose = null;
    this.canvas = document.createElement("canvas");
    this.video = part("video");
  }

  run() {
    const address = new URL(recognize, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.socket = new WebSocket(address, "recognize.v2");
    this.socket.binaryType = "arraybuffer";
    return new Promise((resolve, reject) => {
      // One after the other: what was said before is in what is signed.
      let before = Promise.resolve();
      this.socket.onmessage = ({ data }) => {
        before = before.then(() => this.hear(data, JSON.parse(data), resolve)).catch(reject);
      };
      this.socket.onclose = () => before.then(() => reject(new Error("over")));
    }).finally(() => this.end());
  }

  end() {
    this.pose = null;
    for (const track of this.video.srcObject?.getTracks() ?? []) track.stop();
    this.socket.onclose = null;
    this.socket.close();
  }

  async hear(text, message, resolve) {
    switch (message.type) {
      case "hello": {
        this.window = message.limits.window;
        const lang = document.documentElement.lang;
        const open = JSON.stringify({ type: "open", ticket, device: { id: this.own.id }, lang });
        this.said = [text, open];
        this.socket.send(open);
        break;
      }
      case "opened":
        this.said.push(text);
        await agreed(message);
        await look(this.video).catch(() => Promise.reject(new Error("noCamera")));
        this.socket.send(JSON.stringify(await begin(this.own, this.said, message)));
        break;
      case "challenge":
        this.began = performance.now();
        break;
      case "pose":
        this.pose = message;
        say(message.pose);
        this.filming ??= this.film();
        break;
      case "feedback":
        this.unanswered -= 1;
        part("progress").value = message.progress;
        say(camera.dataset[camel(message.hint)] ? camel(message.hint) : this.pose?.pose);
        break;
      case "failure":
        this.pose = null;
        say("onceMore");
        break;
      case "error":
        throw new Error(words[message.code] ?? "over");
      case "result":
        resolve(message);
        break;
    }
  }

  async film() {
    while (this.socket.readyState === WebSocket.OPEN) {
      if (this.pose && this.unanswered < this.window) await this.send(this.pose);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  async send({ number }) {
    const taken = performance.now() - this.began;
    const image = await picture(this.video, this.canvas);
    if (!image || this.socket.readyState !== WebSocket.OPEN) return;
    const header = new DataView(new ArrayBuffer(10));
    header.setUint8(0, 1);
    header.setUint8(1, number);
    this.frame += 1;
    header.setUint32(2, this.frame);
    header.setUint32(6, Math.max(0, Math.round(taken)));
    this.unanswered += 1;
    this.socket.send(await bytes(header.buffer, image));
  }
}

const start = async () => {
  part("start").hidden = true;
  say("connecting");
  try {
    const own = await device();
    if (!own) throw new Error("unknown");
    if (isEnrolment) await stored("readwrite", (store) => store.put({ ...own, name: begun }));
    await new Session(own).run();
    if (isEnrolment) {
      await stored("readwrite", (store) => {
        store.delete(begun);
        return store.put(own);
      });
    }
    say("doneText");
    part("view").hidden = true;
    if (isEnrolment) location.assign(done);
    else document.getElementById("face").requestSubmit();
  } catch ({ message }) {
    fail(camera.dataset[message] ? message : "over");
  }
};

if (window.isSecureContext && window.indexedDB && navigator.mediaDevices?.getUserMedia) {
  part("start").hidden = false;
  part("start").addEventListener("click", start, { once: true });
} else {
  fail("unsupported");
}
