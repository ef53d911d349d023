// The peers, in a worker of their own: PKI.js, and the browser's AES-CBC over the whole buffer.
import * as pkijs from "pkijs";
import * as asn1js from "asn1js";

pkijs.setEngine("browser", new pkijs.CryptoEngine({ name: "browser", crypto }));

let sealed;
const digest = { name: "SHA-256" };

async function certificate(der) {
  return pkijs.Certificate.fromBER(der);
}

async function pkijsSeal({ file, recipient, key }) {
  const content = await file.arrayBuffer();
  await crypto.subtle.digest(digest, content).then((hash) => crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, hash));
  const enveloped = new pkijs.EnvelopedData();
  enveloped.addRecipientByCertificate(await certificate(recipient), { oaepHashAlgorithm: "SHA-256" });
  await enveloped.encrypt({ name: "AES-CBC", length: 256 }, content);
  const info = new pkijs.ContentInfo();
  info.contentType = pkijs.ContentInfo.ENVELOPED_DATA;
  info.content = enveloped.toSchema();
  sealed = new Blob([info.toSchema().toBER(false)]);
  return sealed.size;
}

/** Opens what it sealed itself. */
async function pkijsOpen({ recipient, pkcs8 }) {
  const schema = asn1js.fromBER(await sealed.arrayBuffer());
  const enveloped = new pkijs.EnvelopedData({ schema: new pkijs.ContentInfo({ schema: schema.result }).content });
  const plain = await enveloped.decrypt(0, {
    recipientCertificate: await certificate(recipient),
    recipientPrivateKey: pkcs8,
  });
  await crypto.subtle.digest(digest, plain);
  return plain.byteLength;
}

async function wholeSeal({ file }) {
  const key = await crypto.subtle.generateKey({ name: "AES-CBC", length: 256 }, false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(16));
  return (await crypto.subtle.encrypt({ name: "AES-CBC", iv }, key, await file.arrayBuffer())).byteLength;
}

const jobs = { pkijsSeal, pkijsOpen, wholeSeal };

onmessage = async ({ data }) => {
  const start = performance.now();
  try {
    const bytes = await jobs[data.job](data);
    postMessage({ milliseconds: performance.now() - start, bytes });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
