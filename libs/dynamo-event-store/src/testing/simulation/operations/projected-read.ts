import type { Item } from '../../../dynamo/item-size.js';
import { checkApart } from '../expressions/document-path.js';
import { projectionExpression } from '../expressions/parsed.js';
import { project } from '../expressions/projection.js';
import type { Path, Substitutions } from '../expressions/substitutions.js';
import { deepCopy } from '../values/attribute-value.js';

/** The paths of a projection; `undefined` when everything is wanted. */
export function projectionPaths(text: string | undefined, given: Substitutions): readonly Path[] | undefined {
  if (text === undefined) return undefined;
  const expression = projectionExpression(text);
  given.use(expression);
  const paths = expression.root.map((path) => given.path(path));
  checkApart(expression.kind, paths);
  return paths;
}

/** A copy of an item, or of its parts, for the caller. */
export function handOut(item: Item, paths: readonly Path[] | undefined): Item {
  return deepCopy(paths === undefined ? item : project(item, paths));
}
