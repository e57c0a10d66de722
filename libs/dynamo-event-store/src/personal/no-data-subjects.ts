import { InvalidArgumentError } from '../errors/argument-errors.js';
import type { ControlStore } from '../feed/control-store.js';
import { DataSubjects, type RewrapResult } from './data-subjects.js';
import { LocalKeyProvider } from './local-key-provider.js';

/** Those of a store that was made without the `personalData` option. */
export class NoDataSubjects extends DataSubjects {
  constructor() {
    super({ keys: LocalKeyProvider.ephemeral(), control: undefined as unknown as ControlStore, tableName: () => '' });
  }

  override forget(): Promise<boolean> {
    return refuse();
  }

  override isKnown(): Promise<boolean> {
    return refuse();
  }

  override renewKey(): Promise<void> {
    return refuse();
  }

  override rewrap(): Promise<RewrapResult> {
    return refuse();
  }
}

function refuse(): Promise<never> {
  return Promise.reject(
    new InvalidArgumentError('personalData', 'the store was made without this option, so it has no keys.'),
  );
}
