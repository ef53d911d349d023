// Documents made on the fly: real PDF bytes with a text one can search for.
import { randomBytes, randomUUID } from "node:crypto";

/** A text that occurs nowhere else in the world. */
export const marker = () => `MERKE-${randomUUID()}`;

/** A one-page PDF that says `text`, filled up to about `size` bytes with a stream that cannot be compressed. */
export function pdf(text, size = 0) {
  const content = `BT /F1 18 Tf 60 760 Td (${text}) Tj ET`;
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    Buffer.from(`<</Length ${content.length}>>stream\n${content}\nendstream`, "latin1"),
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ];
  if (size > 0) {
    const filling = randomBytes(size);
    objects.push(Buffer.concat([Buffer.from(`<</Length ${size}>>stream\n`), filling, Buffer.from("\nendstream")]));
  }
  const parts = [Buffer.from("%PDF-1.7\n%\xe6\xf8\xe5\xc6\n", "latin1")];
  const offsets = [];
  let position = parts[0].length;
  objects.forEach((object, index) => {
    offsets.push(position);
    const bytes = Buffer.concat([Buffer.from(`${index + 1} 0 obj`), Buffer.from(object), Buffer.from("\nendobj\n")]);
    parts.push(bytes);
    position += bytes.length;
  });
  const rows = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  parts.push(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}` +
        `trailer<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${position}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

export const file = (name, buffer, mimeType = "application/pdf") => ({ name, mimeType, buffer });

/** Every way the text is likely to look if somebody stored it: plain, UTF-16, hexadecimal, and base64 at three offsets. */
export function disguises(text) {
  const plain = Buffer.from(text);
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), plain]).toString("base64").replace(/=+$/, "");
    // The first and last characters depend on the neighbours.
    return Buffer.from(encoded.slice(4, -4));
  });
  return [plain, Buffer.from(text, "utf16le"), Buffer.from(plain.toString("hex")), ...base64];
}
