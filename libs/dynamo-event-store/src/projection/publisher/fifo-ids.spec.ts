import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../event/recorded-event.js';
import type { StreamId } from '../../event/stream-id.js';
import { fifoIdsOf } from './fifo-ids.js';

function groupOf(stream: StreamId): string | undefined {
  return fifoIdsOf({ stream, eventId: 'e-1' } as RecordedEvent, false, true, undefined).MessageGroupId;
}

describe('the message group of a stream', () => {
  it('is its name', () => {
    expect(groupOf({ aggregate: 'order', id: 'o-1' })).toBe('order/o-1');
    expect(groupOf({ aggregate: 'order', id: 'o-1', tenant: 'acme' })).toBe('acme:order/o-1');
  });

  it('is never that of a stream of another tenant', () => {
    const streams = [
      { tenant: 'a', aggregate: 'b:c', id: '1' },
      { tenant: 'a:b', aggregate: 'c', id: '1' },
      { tenant: 'a%3Ab', aggregate: 'c', id: '1' },
      { tenant: 'ä', aggregate: 'c', id: '1' },
      { tenant: 'Ä', aggregate: 'c', id: '1' },
    ];
    expect(new Set(streams.map(groupOf)).size).toBe(streams.length);
  });
});
