import { elementAt } from './element-at.js';

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Callbacks by time, and by order of scheduling where times are equal: a binary heap. */
export class TimeQueue {
  readonly #heap: Due[] = [];
  #scheduled = 0;

  get isEmpty(): boolean {
    return this.#heap.length === 0;
  }

  /** When the first callback is due. */
  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  push(at: number, run: () => void): void {
    const heap = this.#heap;
    const due: Due = { at, order: this.#scheduled++, run };
    let index = heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = elementAt(heap, above);
      if (!isEarlier(due, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = due;
  }

  pop(): { readonly at: number; readonly run: () => void } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(due: Due): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isEarlier(elementAt(heap, below + 1), elementAt(heap, below))) below++;
      const child = elementAt(heap, below);
      if (!isEarlier(child, due)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = due;
  }
}

function isEarlier(a: Due, b: Due): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}
