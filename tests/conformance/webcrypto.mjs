// Wycheproof's cases through WebCrypto. Runs in the browser.
const bytes = (text = "") => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const same = (left, right) => left.length === right.length && left.every((byte, at) => byte === right[at]);

/** The key in the form that the group has, or the case for AES. */
const importKey = (format, key, algorithm, use) => crypto.subtle.importKey(format, bytes(key), algorithm, false, [use]);

const verifier = (name) => ({ hash, salt, curve }) => {
  const algorithm = { name, hash, namedCurve: curve, ...(salt && { saltLength: Number(salt) }) };
  return {
    group: ({ key }) => importKey("spki", key, algorithm, "verify"),
    run: (key, { message, input }) => crypto.subtle.verify(algorithm, key, bytes(input), bytes(message)),
  };
};

/** Whether what comes out is right; something else than an error must never come out wrong. */
async function decrypted(algorithm, key, input, message) {
  const plain = new Uint8Array(await crypto.subtle.decrypt(algorithm, key, input));
  if (!same(plain, bytes(message))) throw new Wrong("another plaintext");
  return true;
}

class Wrong extends Error {}

const WAYS = {
  "rsa-pkcs1-signature": verifier("RSASSA-PKCS1-v1_5"),
  "rsa-pss": verifier("RSA-PSS"),
  "ecdsa-p1363": verifier("ECDSA"),
  "rsa-oaep": ({ hash }) => ({
    group: ({ key }) => importKey("pkcs8", key, { name: "RSA-OAEP", hash }, "decrypt"),
    run: (key, { message, input, associated }) =>
      decrypted({ name: "RSA-OAEP", label: bytes(associated) }, key, bytes(input), message),
  }),
  "aes-cbc": () => ({
    group: () => null,
    run: async (_, { key, iv, message, input }) =>
      decrypted({ name: "AES-CBC", iv: bytes(iv) }, await importKey("raw", key, "AES-CBC", "decrypt"), bytes(input), message),
  }),
  "aes-gcm": () => ({
    group: () => null,
    run: async (_, { key, iv, message, input = "", associated, tag }) => {
      const algorithm = { name: "AES-GCM", iv: bytes(iv), additionalData: bytes(associated), tagLength: 128 };
      const sealed = Uint8Array.from([...bytes(input), ...bytes(tag)]);
      return decrypted(algorithm, await importKey("raw", key, "AES-GCM", "decrypt"), sealed, message);
    },
  }),
};

/** As in skips.json: among the values of `where`, and not among all of `unless`. */
function applies({ set, where = {}, unless }, name, parameters) {
  const all = (wanted) => Object.entries(wanted).every(([parameter, values]) => values.includes(parameters[parameter]));
  return set === name && all(where) && !(unless && all(unless));
}

/** Runs a set that the WebAssembly module handed over, without what `skips` leaves out. */
export async function run({ name, groups }, skips) {
  const own = skips.filter(({ set }) => set === name).map((skip) => ({ ...skip, count: 0 }));
  const report = { set: name, passed: 0, failed: [] };
  for (const group of groups) {
    const skip = own.find((one) => applies(one, name, group.parameters));
    if (skip) {
      skip.count += group.cases.length;
      continue;
    }
    const way = WAYS[name](group.parameters);
    let key;
    let unread;
    try {
      key = await way.group(group);
    } catch (error) {
      unread = error;
    }
    for (const one of group.cases) {
      let answer;
      try {
        if (unread) throw unread;
        answer = (await way.run(key, one)) ? "taken" : "refused";
      } catch (error) {
        answer = error instanceof Wrong || !(error instanceof DOMException) ? String(error) : "refused";
      }
      const fits = { valid: ["taken"], invalid: ["refused"], acceptable: ["taken", "refused"] }[one.outcome];
      if (fits.includes(answer)) report.passed += 1;
      else report.failed.push(`${one.id}: ${answer} (${unread ?? "key read"}) ${JSON.stringify(group.parameters)}`);
    }
  }
  report.skipped = own.map(({ reason, count }) => ({ reason, count }));
  return report;
}
