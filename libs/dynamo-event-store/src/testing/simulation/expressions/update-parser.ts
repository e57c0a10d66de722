import type { Expression, PathNode, SetOperand, UpdateNode, ValueNode } from './syntax.js';
import { TokenReader } from './token-reader.js';

interface Target {
  readonly path: PathNode;
  readonly value: ValueNode;
}

interface Sections {
  set: { path: PathNode; value: SetOperand }[];
  remove: PathNode[];
  add: Target[];
  delete: Target[];
}

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;

export function parseUpdate(text: string): Expression<UpdateNode> {
  const reader = new TokenReader('UpdateExpression', text);
  const sections: Sections = { set: [], remove: [], add: [], delete: [] };
  const seen = new Set<string>();
  while (!reader.atEnd()) {
    const section = SECTIONS.find((each) => reader.accept(each));
    if (section === undefined) throw reader.syntaxError();
    if (seen.has(section))
      throw reader.fault(`The "${section}" section can only be used once in an update expression;`);
    seen.add(section);
    do parseAction(reader, section, sections);
    while (reader.accept(','));
  }
  return { kind: 'UpdateExpression', root: sections, names: [...reader.names], values: [...reader.values] };
}

function parseAction(reader: TokenReader, section: (typeof SECTIONS)[number], sections: Sections): void {
  const path = reader.path();
  if (section === 'REMOVE') sections.remove.push(path);
  else if (section === 'ADD') sections.add.push({ path, value: reader.value() });
  else if (section === 'DELETE') sections.delete.push({ path, value: reader.value() });
  else {
    reader.expect('=');
    sections.set.push({ path, value: parseSum(reader) });
  }
}

function parseSum(reader: TokenReader): SetOperand {
  const left = parseSetOperand(reader);
  for (const operator of ['+', '-'] as const)
    if (reader.accept(operator)) return { kind: 'arithmetic', operator, left, right: parseSetOperand(reader) };
  return left;
}

function parseSetOperand(reader: TokenReader): SetOperand {
  if (reader.accept('(')) {
    const operand = parseSum(reader);
    reader.expect(')');
    return operand;
  }
  const { kind, text } = reader.peek();
  if (kind === 'value') return reader.value();
  if (kind !== 'word' || reader.peek(1).text !== '(') return reader.path();
  reader.take();
  if (text === 'if_not_exists') return parseIfNotExists(reader);
  if (text === 'list_append') return parseListAppend(reader);
  throw reader.fault(
    /^(?:size|attribute_(?:not_)?exists|attribute_type|begins_with|contains)$/.test(text)
      ? `The function is not allowed in an update expression; function: ${text}`
      : `Invalid function name; function: ${text}`,
  );
}

function parseIfNotExists(reader: TokenReader): SetOperand {
  reader.expect('(');
  if (reader.peek().kind === 'value')
    throw reader.fault('Operator or function requires a document path; operator or function: if_not_exists');
  const path = reader.path();
  reader.expect(',');
  const otherwise = parseSetOperand(reader);
  reader.expect(')');
  return { kind: 'if_not_exists', path, otherwise };
}

function parseListAppend(reader: TokenReader): SetOperand {
  reader.expect('(');
  const left = parseSetOperand(reader);
  reader.expect(',');
  const right = parseSetOperand(reader);
  reader.expect(')');
  if (left.kind === 'list_append' || right.kind === 'list_append')
    throw reader.fault('The function is not allowed to be used this way in an expression; function: list_append');
  return { kind: 'list_append', left, right };
}
