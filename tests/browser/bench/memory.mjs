// How much memory the renderers take beyond what they took before, while something runs.
import { readFileSync, readdirSync } from "node:fs";

const INTERVAL = 25;

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
