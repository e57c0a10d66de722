import { fork } from 'node:child_process';
import { startLocalDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { connectChild, type Remote } from '../rpc.js';
import type { Endpoints, EngineMethods } from './engine-process.js';

/** DynamoDB Local, and beside it a process with the null engine, the recording one and the seeding one. */
export interface Engine {
  readonly endpoints: Endpoints;
  readonly remote: Remote<EngineMethods>;
  stop(): Promise<void>;
}

export async function startEngine(): Promise<Engine> {
  const local = await startLocalDynamoDb({ engine: 'dynamodb-local' });
  const child = fork(new URL('./engine-process.js', import.meta.url));
  const remote = connectChild<EngineMethods>(child, 'the engine');
  const endpoints = await remote.start(local.endpoint);
  return {
    endpoints,
    remote,
    stop: async () => {
      child.disconnect();
      await local.stop();
    },
  };
}
