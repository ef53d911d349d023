// How much memory the renderers take beyond what they took before, while something runs, and when they have come to rest.
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const INTERVAL = 25;

/** How long nothing must have happened, in milliseconds, and how often that is waited for. */
const REST = 300;
const MOST_TRIES = 30;

/** Anonymous and shared memory of a process in bytes; files that are mapped are not counted. */
function resident(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * 1024;
    return field("RssAnon") + field("RssShmem");
  } catch {
    return 0;
  }
}

/** The renderers among the descendants of this process: a profile's browser gives no session to ask. */
function renderers() {
  const parents = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [, parent] = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
      parents.set(pid, parent);
    } catch {
      // It ended meanwhile.
    }
  }
  const ours = (pid) => pid === String(process.pid) || (parents.has(pid) && ours(parents.get(pid)));
  const isRenderer = (pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer");
  return [...parents.keys()].filter((pid) => ours(pid) && isRenderer(pid));
}

/** Processor time that the renderers have had, in hundredths of a second (proc(5): utime and stime). */
function busy(pids) {
  const time = (pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  return pids.reduce((sum, pid) => sum + time(pid), 0);
}

/** Waits until the renderers do nothing: what a job leaves to be collected must not be paid for by the next one. */
export async function atRest() {
  const pids = renderers();
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const before = busy(pids);
    await pause(REST);
    if (busy(pids) - before <= 1) return;
  }
}

/** Runs `work` and answers what it answered, with the greatest added memory of all renderers together, in bytes. */
export async function withMemory(work) {
  const pids = renderers();
  const now = () => pids.reduce((sum, pid) => sum + resident(pid), 0);
  const before = now();
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, now())), INTERVAL);
  try {
    return { result: await work(), added: peak - before };
  } finally {
    clearInterval(timer);
  }
}
