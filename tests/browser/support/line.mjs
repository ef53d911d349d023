// A line between browser and server that a test holds: it counts what goes up in it, and stops where the test says.
import { createServer, request } from "node:http";

export class Line {
  /** Bytes of uploads that have gone on to the server, and how many may. */
  uploaded = 0;
  limit = Infinity;
  /** Messages that were handed over, whether or not the answer came back. */
  submissions = 0;
  /** Whether answers to those get lost. */
  losesAnswers = false;
  /** Path of the upload that came last. */
  upload = undefined;
  #listener;
  #waiting = [];
  #stopped = [];

  /** Begins to listen on a port of the system's choice. */
  static async to(server) {
    const line = new Line();
    line.#listener = createServer((asked, answer) => line.#carry(server, asked, answer));
    await new Promise((resolve) => line.#listener.listen(0, "127.0.0.1", resolve));
    line.base = `http://127.0.0.1:${line.#listener.address().port}`;
    return line;
  }

  #carry(server, asked, answer) {
    const { hostname, port } = new URL(server.base);
    const isSubmission = asked.method === "POST" && asked.url === "/api/v1/messages";
    if (isSubmission) this.submissions += 1;
    const onward = request({ hostname, port, path: asked.url, method: asked.method, headers: asked.headers }, (back) => {
      if (isSubmission && this.losesAnswers) {
        back.resume();
        return answer.destroy();
      }
      answer.writeHead(back.statusCode, back.headers);
      return back.pipe(answer);
    });
    // Whoever is gone takes the request with them, as it is without anybody between.
    answer.on("close", () => onward.destroy());
    onward.on("error", () => answer.destroy());
    if (asked.method === "PATCH") {
      this.upload = asked.url;
      this.#pour(asked, onward);
    }
    if (asked.method !== "PATCH") asked.pipe(onward);
  }

  /** Takes the whole piece in, so that it is heard at once when whoever sends it is gone; and hands it on bit by bit. */
  async #pour(asked, onward) {
    try {
      const body = [];
      for await (const bit of asked) body.push(bit);
      for (const bit of body) {
        if (this.uploaded + bit.length > this.limit) {
          for (const tell of this.#stopped.splice(0)) tell();
          await new Promise((resolve) => this.#waiting.push(resolve));
        }
        if (onward.destroyed) return;
        // When the system has it: what this process still held would be lost with a connection that breaks.
        await new Promise((resolve, reject) => onward.write(bit, (error) => (error ? reject(error) : resolve())));
        this.uploaded += bit.length;
      }
      onward.end();
    } catch {
      onward.destroy();
    }
  }

  /** Lets so many bytes of uploads through from now on, and answers when the next one would be too many. */
  stopAfter(bytes) {
    this.limit = this.uploaded + bytes;
    return new Promise((resolve) => this.#stopped.push(resolve));
  }

  /** Lets everything through. */
  open() {
    this.limit = Infinity;
    for (const go of this.#waiting.splice(0)) go();
  }

  async close() {
    this.open();
    this.#listener.closeAllConnections();
    await new Promise((resolve) => this.#listener.close(resolve));
  }
}
