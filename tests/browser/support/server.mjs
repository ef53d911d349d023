// Starts the built server on a fresh data folder and a port of the system's choice.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BINARY = process.env.KONVOLUTT_BIN ?? join(ROOT, "target/debug/konvolutt");
const START_TIMEOUT = 60_000;
/** How often files are looked through before what goes away in the middle of it is more than a coincidence. */
const LOOKS = 100;

/** What is read, or nothing if it is not there any more. */
async function unlessGone(reading) {
  try {
    return await reading;
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  }
}

export class Server {
  #child;
  #folder;
  #env;

  /** Starts a server whose data nobody has used before. */
  static async start(env = {}) {
    const server = new Server();
    server.#env = env;
    server.#folder = await mkdtemp(join(tmpdir(), "konvolutt-browser-"));
    server.data = join(server.#folder, "data");
    server.log = join(server.#folder, "server.log");
    server.base = await server.#spawn("127.0.0.1:0");
    return server;
  }

  async #spawn(listen) {
    const child = spawn(
      BINARY,
      ["serve", "--sandbox", "--data", this.data, "--listen", listen, "--dist", join(ROOT, "dist")],
      // Many people in one browser: the limits would be in the way.
      { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, KONVOLUTT_LIMITS__PER_PERSON: "0", KONVOLUTT_LIMITS__PER_ORGANISATION: "0", KONVOLUTT_LIMITS__SIGN_IN: "0", ...this.#env } },
    );
    this.#child = child;
    const log = createWriteStream(this.log, { flags: "a" });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`The server did not start: ${why}. Its log is ${this.log}.`));
      const timer = setTimeout(() => fail("it took too long"), START_TIMEOUT);
      child.once("error", (error) => fail(error.message));
      child.once("exit", (code) => fail(`it ended with ${code}`));
      createInterface({ input: child.stdout }).on("line", (line) => {
        const address = /^Listening on (http:\/\/\S+)/.exec(line)?.[1];
        if (!address) return;
        clearTimeout(timer);
        resolve(address);
      });
    });
  }

  /** Ends the process without warning, as a power cut would. */
  async kill() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill("SIGKILL");
      await once(this.#child, "exit");
    }
  }

  /** Starts again on the same data and the same address. */
  async startAgain() {
    this.base = await this.#spawn(new URL(this.base).host);
  }

  /** Ends the server and removes what it wrote. */
  async stop() {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The names of all files, data and log, that hold one of the byte strings. A server that runs takes files away meanwhile,
   *  perhaps to another name: then all are looked through once more. */
  async filesHolding(needles) {
    const found = new Set();
    for (let looks = 0; looks < LOOKS; looks += 1) {
      if (await this.#look(this.#folder, needles, found)) return [...found];
    }
    throw new Error(`Files go away in ${this.#folder} as often as they are looked through.`);
  }

  /** Looks through a folder. False if something went away before it could be read. */
  async #look(folder, needles, found) {
    const entries = await unlessGone(readdir(folder, { withFileTypes: true }));
    let isWhole = entries !== undefined;
    for (const entry of entries ?? []) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !(await this.#look(path, needles, found))) isWhole = false;
      if (!entry.isFile()) continue;
      const bytes = await unlessGone(readFile(path));
      if (!bytes) isWhole = false;
      else if (needles.some((needle) => bytes.includes(needle))) found.add(path);
    }
    return isWhole;
  }

  async json(path) {
    const answer = await fetch(new URL(path, this.base));
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.json();
  }

  async bytes(path) {
    const answer = await fetch(new URL(path, this.base));
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  }
}
