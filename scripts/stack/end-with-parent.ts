/**
 * @module scripts/stack/end-with-parent
 * Loaded by `--import` into each process that the local stack starts: it ends when its parent is gone, also
 * when that was killed and had no chance to say so.
 */
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, 500).unref();
