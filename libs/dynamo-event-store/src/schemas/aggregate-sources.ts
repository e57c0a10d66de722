import type ts from 'typescript';
import { lineageOf, ownDecorators, type FoundCalls } from './source-classes.js';
import type { SourceCalls } from './source-calls.js';
import type { SourceProgram } from './source-program.js';
import { NOT_STATIC } from './static-value.js';

/** Which aggregates there are, and which of them have a reducer for an event class. */
export interface AggregateSources {
  readonly names: readonly string[];
  readonly handlersOf: ReadonlyMap<ts.Symbol, ReadonlySet<string>>;
}

export function readAggregates(
  { classes }: FoundCalls,
  source: SourceProgram,
  calls: SourceCalls,
  report: (node: ts.Node, problem: string) => void,
): AggregateSources {
  const names = new Set<string>();
  const handlersOf = new Map<ts.Symbol, Set<string>>();
  for (const node of classes) {
    const lineage = lineageOf(node, source);
    const declared = lineage.flatMap((each) => ownDecorators(each, calls)).find((call) => call.name === 'Aggregate');
    if (declared === undefined) continue;
    const options = calls.optionsOf(declared);
    const name = options === NOT_STATIC ? NOT_STATIC : options['name'];
    if (typeof name !== 'string') {
      report(declared.node, 'the name in @Aggregate is not a literal or constant');
      continue;
    }
    names.add(name);
    for (const event of lineage.flatMap((each) => handledEvents(each, source, calls)))
      handlersOf.set(event, (handlersOf.get(event) ?? new Set()).add(name));
  }
  return { names: [...names].sort(), handlersOf };
}

function handledEvents(node: ts.ClassLikeDeclaration, source: SourceProgram, calls: SourceCalls): ts.Symbol[] {
  return node.members.flatMap((member) =>
    ownDecorators(member, calls).flatMap(({ name, node: call }) => {
      const [event] = call.arguments;
      if (name !== 'EventHandler' || event === undefined) return [];
      const symbol = source.checker.getTypeAtLocation(event).getSymbol();
      return symbol === undefined ? [] : [symbol];
    }),
  );
}
