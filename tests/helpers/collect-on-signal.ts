/**
 * @module tests/helpers/collect-on-signal
 * Loaded by --import beside --expose-gc: on SIGUSR2 the process collects its garbage, and says so. What is in memory
 * then is kept by something; without, a few megabytes more or less say when JavaScript last cleaned up.
 */
let times = 0;

process.on('SIGUSR2', async () => {
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.();
    // What collected objects held outside of JavaScript's heap is given back in the next turns.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  console.log(`garbage collected, time ${++times}`);
});
