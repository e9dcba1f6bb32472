/**
 * @module scripts/stack/end-with-parent
 * Loaded by `--import` into each process that the local stack starts: it ends when its parent is gone, also
 * when that was killed and had no chance to say so.
 */
const parent = process.ppid;

/** What is still there so long after it was told to end doesn't listen. */
const PATIENCE_MS = 15_000;

const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), PATIENCE_MS).unref();
}, 500);
watch.unref();
