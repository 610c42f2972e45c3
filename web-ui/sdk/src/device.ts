// The device: a key pair and a secret that this browser keeps for one service, customer and person
// (docs/recognize-protocol.md §2).
import { type Bytes, base64url, sha256, utf8 } from "./bytes.js";
import { KeylessError } from "./error.js";

/** What this browser keeps for one service, customer and person. */
export interface Device {
  /** The thumbprint of the public key (RFC 7638): 43 characters. */
  readonly id: string;
  readonly keys: CryptoKeyPair;
  /** 32 random bytes, without which what the server stores of a face is useless. */
  readonly secret: Bytes;
}

/** For whom a device is kept. */
export interface Owner {
  /** The address of the service. */
  readonly service: string;
  readonly customer: string;
  readonly username: string;
}

/** The members of a public key that count, in the order in which RFC 7638 §3.2 hashes them. */
export interface PublicKey {
  readonly crv: "P-256";
  readonly kty: "EC";
  readonly x: string;
  readonly y: string;
}

const DATABASE = "countersign-recognize";
const DEVICES = "devices";
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;

/** The device of this owner: the one that is kept, or a new one that is kept from now on. */
export async function deviceOf(owner: Owner): Promise<Device> {
  try {
    const database = await open();
    try {
      const kept = await read(database, owner);
      return kept ?? (await keep(database, owner, await newDevice()));
    } finally {
      database.close();
    }
  } catch (cause) {
    throw new KeylessError("DEVICE_STORE_UNAVAILABLE", { cause });
  }
}

/**
 * The same device with a new secret, kept from now on: each enrolment has its own, so that what the server
 * stores of a face is never like what it stored before. It is kept before it is used, and never lost on the way.
 */
export async function withNewSecret(owner: Owner, device: Device): Promise<Device> {
  const renewed = { ...device, secret: crypto.getRandomValues(new Uint8Array(32)) };
  try {
    const database = await open();
    try {
      await put(database, owner, renewed);
    } finally {
      database.close();
    }
  } catch (cause) {
    throw new KeylessError("DEVICE_STORE_UNAVAILABLE", { cause });
  }
  return renewed;
}

/** Forgets the device of this owner: they enrol anew. */
export async function forgetDevice(owner: Owner): Promise<void> {
  const database = await open();
  try {
    const devices = database.transaction(DEVICES, "readwrite").objectStore(DEVICES);
    await settled(devices.delete(key(owner)));
  } finally {
    database.close();
  }
}

/** The public key of a device. */
export async function publicKey({ publicKey }: CryptoKeyPair): Promise<PublicKey> {
  const { x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  return { crv: "P-256", kty: "EC", x: x ?? "", y: y ?? "" };
}

/** The thumbprint of a public key. */
export async function thumbprint({ crv, kty, x, y }: PublicKey): Promise<string> {
  return base64url(await sha256(utf8(JSON.stringify({ crv, kty, x, y }))));
}

/** A device that nobody knows yet. */
export async function newDevice(): Promise<Device> {
  // "Its private half never leaves the device: in a browser a non-extractable CryptoKey"
  const keys = await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  const secret = crypto.getRandomValues(new Uint8Array(32));
  return { id: await thumbprint(await publicKey(keys)), keys, secret };
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(DEVICES);
  return settled(request);
}

async function read(database: IDBDatabase, owner: Owner): Promise<Device | undefined> {
  return settled(database.transaction(DEVICES).objectStore(DEVICES).get(key(owner)));
}

/** Keeps a device, unless another tab has kept one meanwhile: then that one counts. */
async function keep(database: IDBDatabase, owner: Owner, made: Device): Promise<Device> {
  const transaction = database.transaction(DEVICES, "readwrite");
  const devices = transaction.objectStore(DEVICES);
  const before: Device | undefined = await settled(devices.get(key(owner)));
  if (!before) devices.put(made, key(owner));
  await committed(transaction);
  return before ?? made;
}

async function put(database: IDBDatabase, owner: Owner, device: Device): Promise<void> {
  const transaction = database.transaction(DEVICES, "readwrite");
  transaction.objectStore(DEVICES).put(device, key(owner));
  await committed(transaction);
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

function key({ service, customer, username }: Owner): IDBValidKey {
  return [service, customer, username];
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
