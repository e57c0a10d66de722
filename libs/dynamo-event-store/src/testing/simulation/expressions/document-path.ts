import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../dynamo/item-size.js';
import { validationError } from '../errors.js';
import { getOwn } from '../values/attribute-value.js';
import type { ExpressionKind } from './syntax.js';
import type { Path } from './substitutions.js';

/** What lies at a path of an item; `undefined` when there is nothing, or when the path leads through a scalar. */
export function valueAt(item: Item | undefined, path: Path): AttributeValue | undefined {
  let found = getOwn(item, String(path[0]));
  for (let depth = 1; depth < path.length && found !== undefined; depth++) found = child(found, path[depth]);
  return found;
}

export function child(value: AttributeValue, part: string | number | undefined): AttributeValue | undefined {
  return typeof part === 'number' ? value.L?.[part] : getOwn(value.M, String(part));
}

export function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

/**
 * Refuses two paths of one expression of which one leads through the other, or that take one attribute for a list and
 * for a map.
 */
export function checkApart(kind: ExpressionKind, paths: readonly Path[]): void {
  paths.forEach((first, index) => {
    for (const second of paths.slice(index + 1)) {
      const shared = first.findIndex((part, depth) => part !== second[depth]);
      const depth = shared === -1 ? first.length : shared;
      const clash =
        depth === first.length || depth === second.length
          ? 'overlap'
          : typeof first[depth] === typeof second[depth]
            ? undefined
            : 'conflict';
      if (clash === undefined) continue;
      throw validationError(
        `Invalid ${kind}: Two document paths ${clash} with each other; must remove or rewrite one of these paths; ` +
          `path one: ${describePath(first)}, path two: ${describePath(second)}`,
      );
    }
  });
}

export function describePath(path: Path): string {
  return `[${path.map((part) => (typeof part === 'number' ? `[${part}]` : part)).join(', ')}]`;
}
