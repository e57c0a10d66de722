/** Parsed expressions. Placeholders (`#name`, `:value`) stand as written: one parse serves every request with that text. */

export type ExpressionKind =
  'ConditionExpression' | 'FilterExpression' | 'KeyConditionExpression' | 'ProjectionExpression' | 'UpdateExpression';

/** Attribute names or `#` placeholders, and indexes of lists. */
export interface PathNode {
  readonly kind: 'path';
  readonly parts: readonly (string | number)[];
}

export interface ValueNode {
  readonly kind: 'value';
  /** With its colon. */
  readonly placeholder: string;
}

export interface SizeNode {
  readonly kind: 'size';
  readonly of: PathNode | ValueNode;
}

export type Operand = PathNode | ValueNode | SizeNode;

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** Functions that are conditions. */
export type Predicate = 'attribute_exists' | 'attribute_not_exists' | 'attribute_type' | 'begins_with' | 'contains';

export interface CompareNode {
  readonly kind: 'compare';
  readonly comparator: Comparator;
  readonly left: Operand;
  readonly right: Operand;
}

export interface BetweenNode {
  readonly kind: 'between';
  readonly operand: Operand;
  readonly low: Operand;
  readonly high: Operand;
}

export interface InNode {
  readonly kind: 'in';
  readonly operand: Operand;
  readonly list: readonly Operand[];
}

export interface PredicateNode {
  readonly kind: 'predicate';
  readonly name: Predicate;
  readonly operands: readonly Operand[];
}

export type ConditionNode =
  | CompareNode
  | BetweenNode
  | InNode
  | PredicateNode
  | { readonly kind: 'and' | 'or'; readonly left: ConditionNode; readonly right: ConditionNode }
  | { readonly kind: 'not'; readonly of: ConditionNode };

/** What stands to the right of `=` in SET. */
export type SetOperand =
  | PathNode
  | ValueNode
  | { readonly kind: 'if_not_exists'; readonly path: PathNode; readonly otherwise: SetOperand }
  | { readonly kind: 'list_append'; readonly left: SetOperand; readonly right: SetOperand }
  | {
      readonly kind: 'arithmetic';
      readonly operator: '+' | '-';
      readonly left: SetOperand;
      readonly right: SetOperand;
    };

export interface UpdateNode {
  readonly set: readonly { readonly path: PathNode; readonly value: SetOperand }[];
  readonly remove: readonly PathNode[];
  readonly add: readonly { readonly path: PathNode; readonly value: ValueNode }[];
  readonly delete: readonly { readonly path: PathNode; readonly value: ValueNode }[];
}

export interface Expression<T> {
  readonly kind: ExpressionKind;
  readonly root: T;
  /** Placeholders that occur. */
  readonly names: readonly string[];
  readonly values: readonly string[];
}
