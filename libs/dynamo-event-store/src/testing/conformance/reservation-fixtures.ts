import type { UniqueValue } from '../../event/unique-value.js';
import type { AppendOptions } from '../../store/event-store.js';
import type { StreamHead } from '../../store/stream-head.js';
import type { ConformanceContext } from './conformance-case.js';
import { Deposited } from './fixtures.js';

export const SCOPE = 'account-name';

/** Names that no other case uses, since values are unique in a whole table. */
export function named({ store, aggregate }: ConformanceContext) {
  store.register([Deposited]);
  const name = (value: string): UniqueValue => ({ scope: SCOPE, value: `${aggregate} ${value}` });
  return {
    store,
    aggregate,
    name,
    append: (id: string, options: Partial<AppendOptions>, amount = 1): Promise<StreamHead> =>
      store.append({ aggregate, id }, [new Deposited(amount)], { expected: 'any', ...options }),
    /** Id of the stream that holds a name. */
    holder: async (value: string): Promise<string | undefined> => (await store.reservationOf(name(value)))?.id,
  };
}
