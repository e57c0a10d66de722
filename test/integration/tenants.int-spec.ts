import { describe, expect, it } from '@jest/globals';
import { DynamoEventStore } from 'nestjs-dynamo-event-store';
import { Random } from '../../libs/dynamo-event-store/src/testing/simulation/index.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';
import { TenantWorld } from '../support/tenants/tenant-world.js';

describe('two tenants with equal aggregate names and ids on DynamoDB Local', () => {
  it('never see anything of each other, and each is purged alone', async () => {
    const tableName = uniqueTableName('tenants');
    const clients = [testClient(), testClient(), testClient()];
    await new DynamoEventStore({ client: clients[0]!, tableName }).createTable();
    const world = new TenantWorld(new Random(7), (process) => clients[process]!, tableName);
    await world.run(600);
    await world.verify();
    expect(world.tenants.every(({ accounts }) => accounts.size > 0)).toBe(true);
    await world.purgeTenant(world.tenants[1]!);
    await world.verify();
    expect(world.tenants[0]!.accounts.size).toBeGreaterThan(0);
    for (const client of clients) client.destroy();
  });
});
