// A certification authority of its own, and what it certifies, in the files of a directory.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes an authority, certifies a client of this name, and has another authority do the same. */
export async function makeCertificates(directory, name) {
  const file = (it) => path.join(directory, it);
  const openssl = (args) => promisify(execFile)("openssl", args);
  await writeFile(file("extensions"), "keyUsage=digitalSignature\nextendedKeyUsage=clientAuth\n");
  const certify = async (authority) => {
    const [ca, caKey] = [file(`${authority}.pem`), file(`${authority}.key`)];
    const [request, certificate, key] = ["csr", "pem", "key"].map((it) => file(`${name}-of-${authority}.${it}`));
    const usage = "keyUsage=critical,keyCertSign";
    await openssl(
      ["req", "-x509", ...NEW_KEY, "-keyout", caKey, "-out", ca, "-subj", "/CN=Test CA", "-days", "1", "-addext", usage],
    );
    await openssl(["req", ...NEW_KEY, "-keyout", key, "-out", request, "-subj", `/CN=${name}`]);
    await openssl([
      ...["x509", "-req", "-in", request, "-CA", ca, "-CAkey", caKey, "-CAcreateserial"],
      ...["-days", "1", "-extfile", file("extensions"), "-out", certificate],
    ]);
    return { certificate, key };
  };
  return {
    own: await certify("authority"),
    forged: await certify("stranger"),
    authority: await readFile(file("authority.pem"), "utf8"),
  };
}

/** Makes an authority, and has it certify a server on this machine. */
export async function makeServerCertificate(directory) {
  const file = (it) => path.join(directory, it);
  const openssl = (args) => promisify(execFile)("openssl", args);
  const [authority, authorityKey] = [file("server-authority.pem"), file("server-authority.key")];
  const [certificate, key, request] = [file("server.pem"), file("server.key"), file("server.csr")];
  const self = ["-days", "1", "-addext", "keyUsage=critical,keyCertSign"];
  await openssl(
    ["req", "-x509", ...NEW_KEY, "-keyout", authorityKey, "-out", authority, "-subj", "/CN=Mail CA", ...self],
  );
  await openssl(["req", ...NEW_KEY, "-keyout", key, "-out", request, "-subj", "/CN=mail"]);
  const extensions = ["keyUsage=digitalSignature", "extendedKeyUsage=serverAuth", "subjectAltName=IP:127.0.0.1"];
  await writeFile(file("server-extensions"), extensions.join("\n"));
  await openssl([
    ...["x509", "-req", "-in", request, "-CA", authority, "-CAkey", authorityKey, "-CAcreateserial"],
    ...["-days", "1", "-extfile", file("server-extensions"), "-out", certificate],
  ]);
  return { authority, certificate, key };
}
