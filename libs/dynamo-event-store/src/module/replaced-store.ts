import type { DiscoveryService } from '@nestjs/core';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { InjectionToken } from '@nestjs/common';
import { DynamoEventStore } from '../dynamo/dynamo-event-store.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { MODULE_OPTIONS } from './tokens.js';

/** A provider of the module, with the factory that the module gave it. */
export interface OwnProvider {
  readonly token: InjectionToken;
  readonly factory: unknown;
}

/** A store that a test put in the place of the module's own, with `overrideProvider`. */
export interface ReplacedStore {
  readonly token: string;
  /** Known at once only if it was given with `useValue`. */
  readonly store: unknown;
}

/** The first of the providers that is no longer made by the factory of the module. */
export function replacedStore(
  discovery: DiscoveryService,
  providers: readonly OwnProvider[],
): ReplacedStore | undefined {
  // Other modules may provide the same token, such as an alias of a named store.
  const ours = discovery.getProviders().filter(({ host }) => host?.providers.has(MODULE_OPTIONS) === true);
  for (const { token, factory } of providers) {
    const replaced = ours.find((wrapper) => wrapper.token === token && wrapper.metatype !== factory);
    if (replaced !== undefined) return { token: nameOf(token), store: replaced.instance as unknown };
  }
  return undefined;
}

/** A client that refuses every request: what is left of the module must not reach the configured database. */
export function refusingClient({ token }: ReplacedStore): DynamoDBClient {
  const refusal = (): InvalidDefinitionError =>
    new InvalidDefinitionError(`A test that overrides ${token}`, [
      'Read models, projections, timers and DynamoDBClient would still use the configured database, so their requests are rejected. ' +
        'Use simulateEventStore() of nestjs-dynamo-event-store/testing, or override DynamoDBClient.',
    ]);
  const client = {
    send: () => Promise.reject(refusal()),
    destroy: () => undefined,
    /** Clients that are made from this one take it. */
    get config(): never {
      throw refusal();
    },
  };
  return client as unknown as DynamoDBClient;
}

/** The client of a store that was given in place of the module's own. */
export function clientOf(replaced: ReplacedStore): DynamoDBClient {
  return replaced.store instanceof DynamoEventStore ? replaced.store.client : refusingClient(replaced);
}

function nameOf(token: InjectionToken): string {
  return typeof token === 'function' ? token.name : String(token);
}
