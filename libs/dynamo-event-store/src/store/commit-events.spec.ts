import { describe, expect, it } from '@jest/globals';
import { DomainEvent } from '../event/domain-event.decorator.js';
import { EventCodec } from '../event/event-codec.js';
import { EventRegistry } from '../event/event-registry.js';
import { prepareCommit } from './commit.js';
import { CommitOpener } from './commit-events.js';

@DomainEvent({ name: 'listed' })
class Listed {
  constructor(readonly items: string[]) {}
}

const registry = new EventRegistry();
registry.register([Listed]);
const codec = new EventCodec(registry);
const opener = new CommitOpener(codec);
const stream = { aggregate: 'list', id: 'l-1' };

function commitOf(...events: object[]) {
  const encoded = events.map((event) => codec.encode(event));
  const details = { commitId: 'c-1', metadata: undefined, ttl: undefined };
  return { ...prepareCommit(stream, encoded, details), version: 1, recordedAt: 1 };
}

describe('events of a commit', () => {
  it('are nobody else’s, however often and by whom they are read', async () => {
    const commit = commitOf(new Listed(['a']), { type: 'plain', payload: { items: ['b'] } });
    const opened = await opener.open(commit);
    const first = [...opened.events()].map(({ event }) => event as Listed);
    for (const { items } of first) items.push('changed by a reducer');
    const expected = [new Listed(['a']), { items: ['b'] }];
    expect([...opened.events()].map(({ event }) => event)).toEqual(expected);
    expect([...(await opener.open(commit)).events()].map(({ event }) => event)).toEqual(expected);
  });
});
