import type { Commit } from './commit.js';

/**
 * Commits in the portions in which they arrive. Passed on as such, since a step per commit of an asynchronous loop costs
 * more than reading the commit.
 */
export type CommitPages = AsyncIterable<readonly Commit[]>;

export async function firstOf(pages: CommitPages): Promise<Commit | undefined> {
  for await (const [commit] of pages) if (commit !== undefined) return commit;
  return undefined;
}

export async function* eachOf(pages: CommitPages): AsyncGenerator<Commit, void, undefined> {
  for await (const page of pages) yield* page;
}

/** One after the other, as far as they are asked for. */
export async function* concatenated(
  ...parts: readonly (CommitPages | readonly Commit[])[]
): AsyncGenerator<readonly Commit[], void, undefined> {
  for (const part of parts)
    if (Symbol.asyncIterator in part) yield* part;
    else yield part;
}

/** All of them together; when one of them fails, first what came before it, which can be used. */
export function* inOnePortion<T>(items: Iterable<T>): Generator<readonly T[], void, undefined> {
  const portion: T[] = [];
  try {
    for (const item of items) portion.push(item);
  } catch (error) {
    if (portion.length > 0) yield portion;
    throw error;
  }
  if (portion.length > 0) yield portion;
}
