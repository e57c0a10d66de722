import { parseCondition } from './condition-parser.js';
import type { ConditionNode, Expression, PathNode, UpdateNode } from './syntax.js';
import { TokenReader } from './token-reader.js';
import { parseUpdate } from './update-parser.js';

const MAX_REMEMBERED = 1_000;

/** Remembers what a text was parsed to. A text that is refused is parsed, and refused, each time. */
function remembering<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const parsed = parse(text);
    if (known.size >= MAX_REMEMBERED)
      for (const oldest of known.keys()) {
        known.delete(oldest);
        break;
      }
    known.set(text, parsed);
    return parsed;
  };
}

type Parse<T> = (text: string) => Expression<T>;

export const conditionExpression: Parse<ConditionNode> = remembering((text) =>
  parseCondition('ConditionExpression', text),
);
export const filterExpression: Parse<ConditionNode> = remembering((text) => parseCondition('FilterExpression', text));
export const keyConditionExpression: Parse<ConditionNode> = remembering((text) =>
  parseCondition('KeyConditionExpression', text),
);
export const updateExpression: Parse<UpdateNode> = remembering(parseUpdate);
export const projectionExpression: Parse<readonly PathNode[]> = remembering(parseProjection);

function parseProjection(text: string): Expression<readonly PathNode[]> {
  const reader = new TokenReader('ProjectionExpression', text);
  const root = [reader.path()];
  while (reader.accept(',')) root.push(reader.path());
  if (!reader.atEnd()) throw reader.syntaxError();
  return { kind: 'ProjectionExpression', root, names: [...reader.names], values: [] };
}
