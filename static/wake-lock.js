// Keeps the screen on while somebody looks at themselves, where the browser offers that.

export class WakeLock {
  #wanted = false;
  #lock = null;

  constructor() {
    // browsers drop the lock when the page is hidden, and nobody else takes it again
    document.addEventListener("visibilitychange", () => this.#wanted && this.#take());
  }

  hold() {
    this.#wanted = true;
    return this.#take();
  }

  release() {
    this.#wanted = false;
    this.#lock?.release().catch(() => undefined); // gone already
    this.#lock = null;
  }

  async #take() {
    if (!navigator.wakeLock || document.visibilityState !== "visible") return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      if (this.#wanted) this.#lock = lock;
      else await lock.release();
    } catch {
      // refused (a low battery, a policy): the screen goes dark when it would anyway
    }
  }
}
