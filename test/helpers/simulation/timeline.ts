interface Appointment {
  readonly atMs: number;
  readonly order: number;
  readonly happen: () => void;
  cancelled: boolean;
}

/** Virtual time: what is to happen, in order, and two clocks that differ when someone moves the wall clock. */
export class Timeline {
  #nowMs = 0;
  #offsetMs = 1_767_225_600_000;
  #order = 0;
  readonly #heap: Appointment[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  get wallMs(): number {
    return this.#nowMs + this.#offsetMs;
  }

  /** Makes something happen after a while; returns the cancellation. */
  after(delayMs: number, happen: () => void): () => void {
    return this.at(this.#nowMs + delayMs, happen);
  }

  at(atMs: number, happen: () => void): () => void {
    this.#order += 1;
    const appointment = { atMs, order: this.#order, happen, cancelled: false };
    this.#push(appointment);
    return () => {
      appointment.cancelled = true;
    };
  }

  jumpWall(byMs: number): void {
    this.#offsetMs += byMs;
  }

  /** The machine sleeps: time passes, and all that should have happened meanwhile happens afterwards, in order. */
  sleep(forMs: number): void {
    this.#nowMs += forMs;
  }

  /** Lets the next thing happen; false when nothing is left before that time. */
  step(untilMs: number): boolean {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      if (next.cancelled) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.happen();
      return true;
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
    return false;
  }

  #push(added: Appointment): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(added, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = added;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (left === undefined) break;
      const [child, below] =
        right !== undefined && isBefore(right, left) ? [right, 2 * index + 2] : [left, 2 * index + 1];
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = last;
  }
}

function isBefore(a: Appointment, b: Appointment): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
