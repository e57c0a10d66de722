import 'reflect-metadata';
import assert from 'node:assert/strict';
import { KMSClient } from '@aws-sdk/client-kms';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsNotEmpty } from 'class-validator';
import {
  defineView,
  DomainEvent,
  DynamoEventStoreModule,
  EventStore,
  On,
  OnAny,
  Projection,
  Projections,
  Reactor,
  ReadModelStore,
  type RecordedEvent,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { classValidator } from 'nestjs-dynamo-event-store/class-validator';
import { EventBridgePublisher } from 'nestjs-dynamo-event-store/eventbridge';
import { KmsKeyProvider } from 'nestjs-dynamo-event-store/kms';
import { createStreamHandler } from 'nestjs-dynamo-event-store/lambda';
import { SnsPublisher } from 'nestjs-dynamo-event-store/sns';
import { SqsPublisher } from 'nestjs-dynamo-event-store/sqs';
import { streamsFeed } from 'nestjs-dynamo-event-store/streams';

@DomainEvent({ name: 'opened' })
class Opened {
  constructor(readonly owner: string) {}
}

const owners = defineView<{ owner: string }>({ name: 'owners', keyedBy: 'stream' });

@Projection({ name: 'owners', views: [owners] })
class OwnersProjection {
  @On(Opened)
  opened({ owner }: Opened, { stream }: RecordedEvent, views: ViewWriter): void {
    views.of(owners).put(stream.id, { owner });
  }
}

const seen: string[] = [];

@Reactor({ name: 'watcher', from: 'beginning' })
class Watcher {
  @OnAny() see(_: object, { eventId }: RecordedEvent): void {
    seen.push(eventId);
  }
}

@Module({
  imports: [
    DynamoEventStoreModule.forRoot({
      clientConfig: {
        endpoint: process.env['DYNAMODB_ENDPOINT'] ?? '',
        region: 'local',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      },
      tableName: `scratch-read-side-${process.pid}`,
      createTable: true,
      feed: streamsFeed({ pollMs: 50 }),
    }),
  ],
  providers: [OwnersProjection, Watcher],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
const head = await app
  .get(EventStore)
  .append({ aggregate: 'account', id: 'a' }, [new Opened('ada')], { expected: 'none' });
await app.get(Projections).waitFor(OwnersProjection, head);
await app.get(Projections).waitFor('watcher', head);
assert.deepEqual(await app.get(ReadModelStore).view(owners).get('a'), { owner: 'ada' });
assert.equal(seen.length, 1);
await app.close();

class Named {
  @IsNotEmpty() readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
const named = { name: 'named', schemaVersion: 1, eventClass: Named };
assert.deepEqual(
  [new Named('ada'), new Named('')].map((event) =>
    classValidator()
      .validate(event, named)
      .map(({ path }) => path),
  ),
  [[], ['name']],
);
const kms = new KMSClient({ region: 'local', endpoint: 'http://127.0.0.1:9', maxAttempts: 1 });
await assert.rejects(new KmsKeyProvider({ client: kms, keyId: 'alias/people' }).wrap(new Uint8Array(32), {}), {
  code: /^KEY_PROVIDER/,
});
for (const each of [createStreamHandler, SnsPublisher, SqsPublisher, EventBridgePublisher])
  assert.equal(typeof each, 'function');
console.log('The read side of the packed library works in an application of its own.');
