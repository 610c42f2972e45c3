// Whether the person has had the time to see what they answer: nobody approves by a click that was meant for
// something else.

/** How long it must hold without a break, in milliseconds: longer than the second click of a double click. */
const DWELL_MILLISECONDS = 700;

/** How long from one look to the next one, in milliseconds. */
const LOOK_MILLISECONDS = 100;

/** What is around a component: the time, and whether the person is there. */
export interface Surroundings {
  /** The time, in milliseconds. */
  now(): number;
  /** Calls again and again, until what it returns is called. */
  every(milliseconds: number, run: () => void): () => void;
  /** Whether the page is in front of the person, and has the focus. */
  isAttended(): boolean;
  /** Calls whenever that has changed, until what it returns is called. */
  whenAttention(changed: () => void): () => void;
}

const BROWSER: Surroundings = {
  now: () => performance.now(),
  every(milliseconds, run) {
    const timer = setInterval(run, milliseconds);
    return () => clearInterval(timer);
  },
  isAttended: () => document.hasFocus() && document.visibilityState === "visible",
  whenAttention(changed) {
    const heard = new AbortController();
    for (const name of ["focus", "blur"]) window.addEventListener(name, changed, { signal: heard.signal });
    document.addEventListener("visibilitychange", changed, { signal: heard.signal });
    return () => heard.abort();
  },
};

/** Watches for how long something holds, in a page that the person attends to. */
export class Dwell {
  readonly #holds: () => boolean;
  readonly #changed: (isOver: boolean) => void;
  readonly #around: Surroundings;
  readonly #ends: readonly (() => void)[];
  #since: number | undefined;
  #isOver = false;

  /** From now on, at the earliest. */
  constructor(holds: () => boolean, changed: (isOver: boolean) => void, around: Surroundings = BROWSER) {
    [this.#holds, this.#changed, this.#around] = [holds, changed, around];
    const interrupted = () => {
      this.#since = undefined;
      this.look();
    };
    this.#ends = [around.every(LOOK_MILLISECONDS, () => this.look()), around.whenAttention(interrupted)];
  }

  /** Whether it holds now, and has for long enough. */
  look(): boolean {
    const now = this.#around.now();
    const holds = this.#holds() && this.#around.isAttended();
    this.#since = holds ? (this.#since ?? now) : undefined;
    const isOver = this.#since !== undefined && now - this.#since >= DWELL_MILLISECONDS;
    if (isOver !== this.#isOver) this.#changed((this.#isOver = isOver));
    return isOver;
  }

  /** Watches no more. */
  stop(): void {
    for (const end of this.#ends) end();
  }
}
