import type ts from 'typescript';
import { readAggregates } from './aggregate-sources.js';
import type { EventSource, EventSources, SourceProblem } from './event-schemas.js';
import { ShapeReader } from './shape-reader.js';
import { SourceCalls } from './source-calls.js';
import { findCalls, type DecoratedClass } from './source-classes.js';
import { SourceProgram, type ReadEventSchemasOptions } from './source-program.js';
import { NOT_STATIC } from './static-value.js';
import { readUpcasters } from './upcaster-sources.js';

/**
 * Reads the events, aggregates and upcasters of a project from its sources, with the TypeScript compiler: nothing is
 * started, and no database is needed. Needs the package `typescript`, 5.5 to 6.x.
 *
 * What cannot be read without running the code is in `problems`, and makes the check fail.
 * @throws InvalidArgumentError There is no such project, or it cannot be read.
 */
export function readEventSchemas(options: ReadEventSchemasOptions = {}): EventSources {
  return new EventSourceReader(new SourceProgram(options)).read();
}

class EventSourceReader {
  private readonly calls: SourceCalls;
  private readonly problems: SourceProblem[] = [];

  constructor(private readonly source: SourceProgram) {
    this.calls = new SourceCalls(source);
  }

  read(): EventSources {
    const report = (node: ts.Node, problem: string): void => {
      this.problems.push({ at: this.source.placeOf(node), problem });
    };
    const found = findCalls(this.source, this.calls);
    const aggregates = readAggregates(found, this.source, this.calls, report);
    const events = new Map<string, EventSource>();
    for (const event of found.events) {
      const read = this.eventOf(event, [...(aggregates.handlersOf.get(event.symbol) ?? [])], report);
      const taken = read && events.get(read.name);
      if (taken !== undefined)
        report(event.node, `the event name "${taken.name}" is that of another class too, at ${taken.at}`);
      else if (read !== undefined) events.set(read.name, read);
    }
    for (const { node, name } of found.loose)
      report(node, `${name}(…) is not on a class, so it is not known what it is for`);
    return {
      events: Object.fromEntries([...events].sort(([a], [b]) => (a < b ? -1 : 1))),
      aggregates: aggregates.names,
      upcasters: readUpcasters(found, this.source, this.calls, report),
      problems: this.problems,
    };
  }

  private eventOf(
    { node, symbol, call }: DecoratedClass,
    aggregates: readonly string[],
    report: (node: ts.Node, problem: string) => void,
  ): EventSource | undefined {
    const options = this.calls.optionsOf(call);
    const { name, version = 1, aliases = [] } = options === NOT_STATIC ? {} : options;
    if (typeof name !== 'string' || typeof version !== 'number' || !isListOfTexts(aliases)) {
      report(call.node, 'name, version and aliases of @DomainEvent must be literals or constants');
      return undefined;
    }
    const shapes = new ShapeReader(this.source, this.calls, (problem) => {
      report(node, `event ${name}, ${problem}`);
    });
    return {
      name,
      version,
      aliases: [...aliases].sort(),
      aggregates: [...aggregates].sort(),
      shape: shapes.read(symbol),
      at: this.source.placeOf(node),
    };
  }
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
