import { describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { KILLED, SimulatedProcess } from './simulated-process.js';

class Held extends DynamoDBClient {
  readonly sent: unknown[] = [];
  readonly answers: ((answer: unknown) => void)[] = [];
  readonly failures: ((error: Error) => void)[] = [];
  override send = ((command: { input: unknown }) => {
    this.sent.push(command.input);
    return new Promise<unknown>((resolve, reject) => {
      this.answers.push(resolve);
      this.failures.push(reject);
    });
  }) as DynamoDBClient['send'];
}

const get = (table: string): GetItemCommand => new GetItemCommand({ TableName: table, Key: {} });

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  await turn();
  return (await Promise.race([promise, turn(pending)])) === pending;
}

describe('a process that lives', () => {
  it('sends, and gets answers and errors', async () => {
    const client = new Held({ region: 'local' });
    const process = new SimulatedProcess(client);
    const requests = [process.client.send(get('a')), process.client.send(get('b'))];
    client.answers[0]!({ Item: {} });
    client.failures[1]!(new Error('refused'));
    expect(await Promise.allSettled(requests)).toMatchObject([
      { value: { Item: {} } },
      { reason: { message: 'refused' } },
    ]);
    expect(process.killed).toBe(false);
  });

  it('gives what its work gives, or throws what it throws', async () => {
    const process = new SimulatedProcess(new Held({}));
    expect(await process.run(() => Promise.resolve(1))).toBe(1);
    await expect(process.run(() => Promise.reject(new Error('bug')))).rejects.toThrow('bug');
    await expect(
      process.run(() => {
        throw new Error('before anything is awaited');
      }),
    ).rejects.toThrow('before anything');
  });

  it('has a client that is the given one but for what it sends', () => {
    const client = new Held({ region: 'local' });
    const { client: own } = new SimulatedProcess(client);
    expect(own).toBeInstanceOf(DynamoDBClient);
    expect(own.config).toBe(client.config);
    expect(own.middlewareStack).toBe(client.middlewareStack);
    expect(() => {
      own.send(get('a'), () => undefined);
    }).toThrow(/await/);
  });
});

describe('a process that is killed', () => {
  it('ends its work at that moment', async () => {
    const process = new SimulatedProcess(new Held({}));
    const work = process.run(() => process.client.send(get('a')));
    expect(await isPending(work)).toBe(true);
    process.kill();
    expect(await work).toBe(KILLED);
    expect(process.killed).toBe(true);
  });

  it('never hears of what was on its way', async () => {
    const client = new Held({ region: 'local' });
    const process = new SimulatedProcess(client);
    const [answered, refused] = [process.client.send(get('a')), process.client.send(get('b'))];
    process.kill();
    client.answers[0]!({});
    client.failures[1]!(new Error('refused'));
    expect(await isPending(answered)).toBe(true);
    expect(await isPending(refused)).toBe(true);
  });

  it('sends nothing more, and does no more work', async () => {
    const client = new Held({ region: 'local' });
    const process = new SimulatedProcess(client);
    process.kill();
    let worked = false;
    const work = (): Promise<void> => {
      worked = true;
      return Promise.resolve();
    };
    expect(await isPending(process.client.send(get('a')))).toBe(true);
    expect(await process.run(work)).toBe(KILLED);
    expect(await isPending(process.step(work))).toBe(true);
    expect({ sent: client.sent, worked }).toEqual({ sent: [], worked: false });
  });

  it('does not go on past its other steps', async () => {
    const process = new SimulatedProcess(new Held({}));
    let arrive: () => void = () => undefined;
    const seen: string[] = [];
    const work = process.run(async () => {
      await process.step(() => new Promise<void>((resolve) => (arrive = resolve)));
      seen.push('went on');
    });
    process.kill();
    arrive();
    expect(await work).toBe(KILLED);
    await turn();
    expect(seen).toEqual([]);
  });

  it('leaves other processes on the same client alone', async () => {
    const client = new Held({ region: 'local' });
    const [dead, living] = [new SimulatedProcess(client), new SimulatedProcess(client)];
    dead.kill();
    const work = living.run(() => living.client.send(get('a')));
    client.answers[0]!({ Item: {} });
    expect(await work).toEqual({ Item: {} });
  });
});
