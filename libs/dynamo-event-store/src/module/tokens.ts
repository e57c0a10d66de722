import { Inject, type InjectionToken } from '@nestjs/common';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AggregateClass, AggregateRoot } from '../aggregate/aggregate-root.js';
import { AggregateRepository } from '../repository/aggregate-repository.js';
import { Projections } from '../projection/projections.js';
import { Timers } from '../projection/timers.js';
import { DataSubjects } from '../personal/data-subjects.js';
import { ReadModelStore } from '../projection/view.js';
import { EventStore } from '../store/event-store.js';

/** @internal Options of one store, as they were given; private to its module instance. */
export const GIVEN_OPTIONS = Symbol('GivenDynamoEventStoreModuleOptions');
/** @internal Options of one store, as its environment has them; private to its module instance. */
export const MODULE_OPTIONS = Symbol('DynamoEventStoreModuleOptions');

/** Token of a store: the class `EventStore` for the one without a name. */
export function getEventStoreToken(name?: string): InjectionToken<EventStore> {
  return name === undefined ? EventStore : `DynamoEventStore:${name}`;
}

/** Token of the repository for all classes: the class `AggregateRepository` for the store without a name. */
export function getAggregateRepositoryToken(name?: string): InjectionToken<AggregateRepository> {
  return name === undefined ? AggregateRepository : `AggregateRepository:${name}`;
}

/** Token of the client that a store uses: the class `DynamoDBClient` for the store without a name. */
export function getDynamoClientToken(name?: string): InjectionToken<DynamoDBClient> {
  return name === undefined ? DynamoDBClient : `DynamoDBClient:${name}`;
}

/** Token of what watches and steers projections: the class `Projections` for the store without a name. */
export function getProjectionsToken(name?: string): InjectionToken<Projections> {
  return name === undefined ? Projections : `Projections:${name}`;
}

/** Token of the read models: the class `ReadModelStore` for the store without a name. */
export function getReadModelStoreToken(name?: string): InjectionToken<ReadModelStore> {
  return name === undefined ? ReadModelStore : `ReadModelStore:${name}`;
}

/** Token of the people whom personal data is about: the class `DataSubjects` for the store without a name. */
export function getDataSubjectsToken(name?: string): InjectionToken<DataSubjects> {
  return name === undefined ? DataSubjects : `DataSubjects:${name}`;
}

/** Token of the timers: the class `Timers` for the store without a name. */
export function getTimersToken(name?: string): InjectionToken<Timers> {
  return name === undefined ? Timers : `Timers:${name}`;
}

const repositoryTokens = new WeakMap<AggregateClass, Map<string, symbol>>();

/** Token of the repository of one class. By class and not by its name, so that equal class names do not collide. */
export function getRepositoryToken<A extends AggregateRoot>(aggregateClass: AggregateClass<A>, name = ''): symbol {
  let tokens = repositoryTokens.get(aggregateClass);
  if (tokens === undefined) repositoryTokens.set(aggregateClass, (tokens = new Map<string, symbol>()));
  let token = tokens.get(name);
  if (token === undefined)
    tokens.set(name, (token = Symbol(`Repository<${aggregateClass.name}>${name === '' ? '' : `:${name}`}`)));
  return token;
}

/** Injects `EventStore`; needed for named stores only. */
export const InjectEventStore = (name?: string): ReturnType<typeof Inject> => Inject(getEventStoreToken(name));

/** Injects `AggregateRepository`; needed for named stores only. */
export const InjectAggregateRepository = (name?: string): ReturnType<typeof Inject> =>
  Inject(getAggregateRepositoryToken(name));

/** Injects `Repository<A>` of a class given to `forFeature`. */
export const InjectRepository = <A extends AggregateRoot>(
  aggregateClass: AggregateClass<A>,
  name?: string,
): ReturnType<typeof Inject> => Inject(getRepositoryToken(aggregateClass, name));

/** Injects the store's `DynamoDBClient`; needed for named stores only. */
export const InjectDynamoClient = (name?: string): ReturnType<typeof Inject> => Inject(getDynamoClientToken(name));

/** Injects `Projections`; needed for named stores only. */
export const InjectProjections = (name?: string): ReturnType<typeof Inject> => Inject(getProjectionsToken(name));

/** Injects `ReadModelStore`; needed for named stores only. */
export const InjectReadModelStore = (name?: string): ReturnType<typeof Inject> => Inject(getReadModelStoreToken(name));

/** Injects `Timers`; needed for named stores only. */
export const InjectTimers = (name?: string): ReturnType<typeof Inject> => Inject(getTimersToken(name));

/** Injects `DataSubjects`; needed for named stores only. */
export const InjectDataSubjects = (name?: string): ReturnType<typeof Inject> => Inject(getDataSubjectsToken(name));
