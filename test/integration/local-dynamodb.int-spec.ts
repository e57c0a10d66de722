import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findDynamoDbLocalJar } from '../../libs/dynamo-event-store/src/testing/local-dynamodb/dynamodb-local-jar.js';
import { startJavaEngine } from '../../libs/dynamo-event-store/src/testing/local-dynamodb/java-engine.js';
import { findJava } from '../../libs/dynamo-event-store/src/testing/local-dynamodb/java-runtime.js';
import { findFreePort } from '../../libs/dynamo-event-store/src/testing/local-dynamodb/loopback-port.js';
import { eventually } from '../support/eventually.js';
import {
  accepts,
  createColourTable,
  errorOf,
  LocalDynamoDbFixture,
  portOf,
  storeColour,
  storedColour,
  tablesOf,
} from '../support/local-dynamodb-fixture.js';
import { isRunning } from '../support/local-dynamodb-holder.js';

const fixture = new LocalDynamoDbFixture();

describe('DynamoDB Local', () => {
  it('serves the AWS SDK, transactions included', async () => {
    const local = await fixture.start({ engine: 'dynamodb-local' });
    const client = fixture.clientOf(local);
    await createColourTable(client);

    await storeColour(client, 'red');
    const key = { TableName: 'things', Key: { pk: { S: 'thing' } } };
    await client.send(new TransactWriteItemsCommand({ TransactItems: [{ Delete: key }] }));

    expect(local.engine).toBe('dynamodb-local');
    expect(await storedColour(client)).toBeUndefined();
  });

  it('lets no web page read its answers', async () => {
    const { endpoint } = await fixture.start({ engine: 'dynamodb-local' });

    const response = await fetch(endpoint, { method: 'POST', body: '{}', headers: { origin: 'http://page.example' } });

    expect(response.headers.get('server')).toMatch(/Jetty/);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is started once for equal calls and ends with its last holder', async () => {
    const [first, second] = await Promise.all([
      fixture.start({ engine: 'dynamodb-local' }),
      fixture.start({ engine: 'dynamodb-local' }),
    ]);
    const third = await fixture.start({ engine: 'dynamodb-local' });
    expect([second.pid, third.pid]).toEqual([first.pid, first.pid]);

    // A holder that stops twice must not give up somebody else's claim.
    await Promise.all([first.stop(), first.stop(), second.stop()]);
    expect(await accepts('127.0.0.1', portOf(third))).toBe(true);

    await third.stop();
    expect(await accepts('127.0.0.1', portOf(third))).toBe(false);
    expect(isRunning(third.pid!)).toBe(false);
  });

  it('keeps the data in a folder over a restart', async () => {
    const dbPath = join(fixture.folder, 'not', 'there', 'yet');
    const before = await fixture.start({ engine: 'dynamodb-local', dbPath });
    await createColourTable(fixture.clientOf(before));
    await storeColour(fixture.clientOf(before), 'red');
    await before.stop();

    const after = await fixture.start({ engine: 'dynamodb-local', dbPath });

    expect(after.pid).not.toBe(before.pid);
    expect(await storedColour(fixture.clientOf(after))).toBe('red');
  });

  it('says so when it ends by itself, and is started anew by the next call', async () => {
    const notices: string[] = [];
    const options = { engine: 'dynamodb-local', log: (line: string) => notices.push(line) } as const;
    const lost = await fixture.start(options);

    process.kill(lost.pid!, 'SIGKILL');
    await eventually('the loss is reported', () => notices.length > 0);

    expect(notices).toEqual([
      `DynamoDB Local on port ${portOf(lost)} (process ${lost.pid}) ended by itself: signal SIGKILL, nothing on its standard error.`,
    ]);
    const next = await fixture.start(options);
    expect(next.pid).not.toBe(lost.pid);
    expect(await tablesOf(fixture.clientOf(next))).toEqual([]);
  });

  it('refuses a port that is taken', async () => {
    const port = await fixture.occupyPort();

    const error = await errorOf(fixture.start({ engine: 'dynamodb-local', port }));

    expect(error).toMatchObject({ code: 'PORT_TAKEN', port });
    expect(error.message).toContain(String(port));
  });

  it('reports a port that was taken while Java started, and never mistakes the other server for its own', async () => {
    const port = await fixture.occupyPort();
    const engine = {
      ...findDynamoDbLocalJar(),
      java: await findJava(process.env),
      env: process.env,
      log: () => undefined,
    };

    const error = await errorOf(startJavaEngine({ ...engine, port, dbPath: undefined, startupTimeoutMs: 30_000 }));

    expect(error).toMatchObject({ code: 'PORT_TAKEN', port });
    expect(error.stderr).toContain('BindException');
  });

  it('puts the standard error of an early end into the error', async () => {
    const engine = {
      ...findDynamoDbLocalJar(),
      java: await findJava(process.env),
      env: process.env,
      log: () => undefined,
    };
    const port = await findFreePort();

    const error = await errorOf(
      startJavaEngine({ ...engine, port, dbPath: join(fixture.folder, 'none'), startupTimeoutMs: 30_000 }),
    );

    expect(error.code).toBe('START_FAILED');
    expect(error.message).toContain('Invalid directory for database creation');
  });

  it('gives up after startupTimeoutMs', async () => {
    const error = await errorOf(fixture.start({ engine: 'dynamodb-local', startupTimeoutMs: 1 }));

    expect(error.code).toBe('START_FAILED');
    expect(error.message).toContain('within 1 ms');
  });

  it('names a folder that cannot be made', async () => {
    const file = join(fixture.folder, 'file');
    await writeFile(file, '');

    const error = await errorOf(fixture.start({ engine: 'dynamodb-local', dbPath: join(file, 'db') }));

    expect(error.code).toBe('START_FAILED');
    expect(error.message).toContain(join(file, 'db'));
  });
});
