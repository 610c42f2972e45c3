// Verifies an approval receipt without Countersign: node verify.mjs receipt.jwt jwks.json
// Needs Node and the package `jose` (npm install jose); any other JOSE library will do.
import { constants, createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { compactVerify, createLocalJWKSet, importJWK } from 'jose';

const [receipt, jwks] = process.argv.slice(2).map((path) => readFileSync(path, 'utf8').trim());
const bytes = (text) => Buffer.from(text, 'base64url');
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((it) => Buffer.from(it)))).digest();
const check = (isGood, what) => { if (!isGood) throw new Error(`the receipt is not good: ${what}`); };

// RFC 8785: JavaScript writes strings and numbers so by itself; only members have to be sorted.
const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
};

// 1. The environment signed it, as a receipt and nothing else.
const { payload, protectedHeader } = await compactVerify(receipt, createLocalJWKSet(JSON.parse(jwks)));
check(protectedHeader.typ === 'approval-receipt+jwt', 'it is another kind of token');
const claims = JSON.parse(new TextDecoder().decode(payload));
const { transaction, digest } = claims;

// 2. The transaction is the one that was approved, by whom and for whom the receipt says.
check(sha256('countersign transaction v1\0', canonical(transaction)).toString('base64url') === digest, 'the transaction');
check(claims.sub === transaction.subject && claims.aud === transaction.client, 'its subject or audience');

// 3. The texts are those that were shown: the transaction has their digests.
check(claims.shown.length > 0, 'nothing was shown');
for (const { digest: shown, ...text } of claims.shown) {
  check(sha256('countersign display v1\0', canonical(text)).toString('base64url') === shown, 'a text');
  check(transaction.display.some((it) => it.method === text.method && it.digest === shown), 'a text');
}

// 4. A factor is bound to it; where the person signed, their signature is over the digest.
check(claims.factors.some((it) => it.bound), 'no factor approves it');
for (const { signature } of claims.factors.filter((it) => it.bound === 'signature')) {
  if (signature.type === 'webauthn') {
    const clientData = JSON.parse(bytes(signature.clientDataJSON));
    const bound = () => sha256('countersign webauthn transaction v1\0', bytes(signature.challenge.derived), bytes(digest));
    const derived = () => Buffer.concat([Buffer.from('countersign\0'), bound()]);
    const challenge = signature.challenge === 'requested' ? transaction.challenge : derived().toString('base64url');
    check(clientData.type === 'webauthn.get' && clientData.challenge === challenge, 'the challenge of the passkey');
    const data = bytes(signature.authenticatorData);
    check(data[32] & 1, 'nobody was present');
    const key = createPublicKey({ key: signature.publicKey, format: 'jwk' });
    const message = Buffer.concat([data, sha256(bytes(signature.clientDataJSON))]);
    const hash = { Ed25519: null, 'P-384': 'sha384', 'P-521': 'sha512' }[signature.publicKey.crv];
    const padding = signature.publicKey.alg === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
    check(verify(hash === undefined ? 'sha256' : hash, message, { key, ...padding }, bytes(signature.signature)), 'the signature of the passkey');
  } else {
    const { payload: said, protectedHeader: header } = await compactVerify(signature.jws, await importJWK(signature.jwk, signature.jwk.alg ?? 'ES256'));
    const { digest: signed, decision } = JSON.parse(new TextDecoder().decode(said));
    check(header.typ === 'approval+jwt' && signed === digest && decision === 'approve', 'the signature of the device');
  }
}
console.log(claims.shown[0].text);
