/** What several sources give, as it comes; each is read one step ahead. Ends them all when it is left. */
export async function* interleave<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<T, void, undefined> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const steps = new Map(iterators.map((iterator, index) => [index, nextOf(iterator, index)]));
  try {
    while (steps.size > 0) {
      const { index, result } = await Promise.race(steps.values());
      const iterator = iterators[index];
      if (result.done === true || iterator === undefined) {
        steps.delete(index);
        continue;
      }
      steps.set(index, nextOf(iterator, index));
      yield result.value;
    }
  } finally {
    await Promise.allSettled(steps.values());
    await Promise.allSettled(iterators.map(async (iterator) => iterator.return?.()));
  }
}

function nextOf<T>(iterator: AsyncIterator<T>, index: number): Promise<{ index: number; result: IteratorResult<T> }> {
  const step = iterator.next().then((result) => ({ index, result }));
  // Whoever waits for another one of them must not make this one's failure an unhandled one.
  step.catch(() => undefined);
  return step;
}
