import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs, jitteredBackoff } from '../../libs/dynamo-event-store/src/store/backoff.js';
import { eventTableDefinition, type Backoff } from 'nestjs-dynamo-event-store';
import { Random, SimulatedDynamoDb, VirtualTime } from 'nestjs-dynamo-event-store/testing';

/** Where a history takes place: a database, and a time that passes. */
export interface World {
  readonly client: DynamoDBClient;
  /** A way to the database without faults, where those of `client` come from the wire. Default: `client`. */
  readonly observer?: DynamoDBClient;
  readonly tableName: string;
  readonly clock: () => Date;
  pause(ms: number): Promise<void>;
  readonly backoff: Backoff;
  /** Lets the history go on until it is over. */
  finish<T>(history: Promise<T>): Promise<T>;
}

/** A real database, where time passes by itself. */
export function realWorld(client: DynamoDBClient, tableName: string, observer?: DynamoDBClient): World {
  return {
    client,
    ...(observer === undefined ? {} : { observer }),
    tableName,
    clock: () => new Date(),
    pause: async (ms) => {
      await delay(ms / 10);
    },
    backoff: jitteredBackoff,
    finish: (history) => history,
  };
}

/** A simulated database in virtual time; the same seed gives the same world. */
export function simulatedWorld(seed: string): World {
  const time = new VirtualTime();
  const random = new Random(`${seed}/world`);
  const tableName = 'events';
  const database = new SimulatedDynamoDb({
    time,
    random: random.fork('database'),
    staleness: { chance: 0.3, maxAge: 500 },
    transactionMs: (each) => each.int(5),
    unprocessed: 0.1,
  });
  database.createTable(tableName, eventTableDefinition({ tableName }));
  const jitter = random.fork('jitter');
  return {
    client: database.client,
    tableName,
    clock: time.clock,
    pause: (ms) => time.pause(ms),
    backoff: (attempt) => time.pause(backoffMs(attempt, () => jitter.next())),
    finish: (history) => time.runUntil(history),
  };
}
