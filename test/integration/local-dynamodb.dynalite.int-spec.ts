import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findFreePort } from '../../libs/dynamo-event-store/src/testing/local-dynamodb/loopback-port.js';
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

const fixture = new LocalDynamoDbFixture();

describe('dynalite', () => {
  it('serves the AWS SDK on the loopback address only', async () => {
    const local = await fixture.start({ engine: 'dynalite' });
    const client = fixture.clientOf(local);
    await createColourTable(client);

    await storeColour(client, 'red');

    expect(await storedColour(client)).toBe('red');
    expect(await accepts('127.0.0.2', portOf(local))).toBe(false);
  });

  it('is started once for equal calls and ends with its last holder', async () => {
    const [first, second] = await Promise.all([
      fixture.start({ engine: 'dynalite' }),
      fixture.start({ engine: 'dynalite' }),
    ]);
    expect(second.endpoint).toBe(first.endpoint);

    await first.stop();
    expect(await accepts('127.0.0.1', portOf(first))).toBe(true);
    await second.stop();
    expect(await accepts('127.0.0.1', portOf(first))).toBe(false);
  });

  it('keeps the data in a folder over a restart', async () => {
    const dbPath = join(fixture.folder, 'not', 'there', 'yet');
    const before = await fixture.start({ engine: 'dynalite', dbPath });
    await createColourTable(fixture.clientOf(before));
    await storeColour(fixture.clientOf(before), 'red');
    await before.stop();

    expect(await storedColour(fixture.clientOf(await fixture.start({ engine: 'dynalite', dbPath })))).toBe('red');
  });

  it('refuses a port that is taken', async () => {
    const port = await fixture.occupyPort();

    expect(await errorOf(fixture.start({ engine: 'dynalite', port }))).toMatchObject({ code: 'PORT_TAKEN', port });
  });

  it('refuses a folder that another engine uses', async () => {
    await fixture.start({ engine: 'dynalite', dbPath: fixture.folder });

    const error = await errorOf(
      fixture.start({ engine: 'dynalite', dbPath: fixture.folder, port: await findFreePort() }),
    );

    expect(error.code).toBe('START_FAILED');
    expect(error.message).toContain(fixture.folder);
  });

  it('survives a client that goes away in the middle of a request', async () => {
    const local = await fixture.start({ engine: 'dynalite' });
    const socket = connect({ host: '127.0.0.1', port: portOf(local) });
    socket.write('POST / HTTP/1.1\r\nHost: local\r\nContent-Length: 100\r\n\r\n{"half": ');
    await once(socket, 'connect');
    socket.resetAndDestroy();
    await once(socket, 'close');

    expect(await tablesOf(fixture.clientOf(local))).toEqual([]);
  });
});
