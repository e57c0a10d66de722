import { inspect } from 'node:util';
import { KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { DataSubject, DomainEvent, DynamoEventStore, PersonalData } from 'nestjs-dynamo-event-store';
import { KmsKeyProvider } from 'nestjs-dynamo-event-store/kms';
import { KmsServer } from '../support/aws-servers/kms-server.js';
import { Refusal, type RequestFault } from '../support/aws-servers/protocol-server.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

class Guest {
  @DataSubject() readonly guestId: string;
  @PersonalData({ fallback: 'erased' }) readonly name: string;
  constructor(guestId: string, name: string) {
    this.guestId = guestId;
    this.name = name;
  }
}
@DomainEvent({ name: 'guests-invited' })
class GuestsInvited {
  @Type(() => Guest) readonly guests: readonly Guest[];
  constructor(guests: readonly Guest[]) {
    this.guests = guests;
  }
}
const invite = (...ids: string[]) => new GuestsInvited(ids.map((id) => new Guest(id, `Name of ${id}`)));
const stream = { aggregate: 'party', id: 'p-1' };
const client = testClient();

let kms: KmsServer;
let kmsClients: KMSClient[];
let keyId: string;
let tableName: string;
let underWay: number;
let mostAtOnce: number;

beforeEach(async () => {
  kms = new KmsServer();
  await kms.start();
  kmsClients = [];
  underWay = mostAtOnce = 0;
  keyId = kms.createKey();
  tableName = uniqueTableName('kms');
});
afterEach(async () => {
  for (const each of kmsClients) each.destroy();
  await kms.stop();
});

function provider(id = keyId, config: KMSClientConfig = {}): KmsKeyProvider {
  const kmsClient = new KMSClient({ ...kms.clientConfig(), maxAttempts: 1, ...config });
  kmsClients.push(kmsClient);
  kmsClient.middlewareStack.add(
    (next) => async (args) => {
      mostAtOnce = Math.max(mostAtOnce, ++underWay);
      try {
        return await next(args);
      } finally {
        underWay -= 1;
      }
    },
    { step: 'initialize', name: 'countRequestsUnderWay' },
  );
  return new KmsKeyProvider({ client: kmsClient, keyId: id });
}

/** A store as a process that has just started has it. */
async function startProcess(keys = provider()): Promise<DynamoEventStore> {
  const personalData = { keys, forgetWithinMs: 0 };
  const store = new DynamoEventStore({ client, tableName, events: [GuestsInvited], personalData });
  await store.createTable();
  return store;
}

async function eventsOf(store: DynamoEventStore): Promise<object[]> {
  const events: object[] = [];
  for await (const { event } of store.read(stream)) events.push(event);
  return events;
}

describe('requests to KMS', () => {
  it('are one Encrypt for a new subject, one Decrypt where it is met first, and none after that', async () => {
    const writer = await startProcess();
    await writer.append(stream, [invite('ann'), invite('ann', 'bob')], { expected: 'none' });
    expect(kms.takeOperations()).toEqual(['Encrypt', 'Encrypt']);
    await writer.append(stream, [invite('bob')], { expected: 'any' });
    expect(await eventsOf(writer)).toEqual([invite('ann'), invite('ann', 'bob'), invite('bob')]);
    expect(kms.takeOperations()).toEqual([]);

    const reader = await startProcess();
    await Promise.all([eventsOf(reader), eventsOf(reader), eventsOf(reader)]);
    expect(kms.takeOperations()).toEqual(['Decrypt', 'Decrypt']);
    await reader.append(stream, [invite('ann')], { expected: 'any' });
    expect(await eventsOf(reader)).toHaveLength(4);
    expect(kms.takeOperations()).toEqual([]);

    const other = await startProcess();
    await other.append(stream, [invite('ann', 'cid')], { expected: 'any' });
    expect(kms.takeOperations().sort()).toEqual(['Decrypt', 'Encrypt']);
  });

  it('are not made for the forgotten', async () => {
    const store = await startProcess();
    await store.append(stream, [invite('ann', 'bob')], { expected: 'none' });
    await store.dataSubjects.forget('ann');
    kms.takeOperations();
    expect(await eventsOf(await startProcess())).toEqual([
      new GuestsInvited([new Guest('ann', 'erased'), new Guest('bob', 'Name of bob')]),
    ]);
    expect(kms.takeOperations()).toEqual(['Decrypt']);
  });

  it('of 100 events of 100 subjects are 100, at most 16 at once', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => `guest-${n}`);
    const writer = await startProcess();
    await writer.append(
      stream,
      ids.map((id) => invite(id)),
      { expected: 'none' },
    );
    expect(kms.takeOperations()).toEqual(ids.map(() => 'Encrypt'));
    expect(mostAtOnce).toBe(16);
    mostAtOnce = 0;
    expect(await eventsOf(await startProcess())).toHaveLength(100);
    expect(kms.takeOperations()).toEqual(ids.map(() => 'Decrypt'));
    expect(mostAtOnce).toBe(16);
  });

  it('name the key, and bind each subject key to its record by the encryption context', async () => {
    await (await startProcess()).append(stream, [invite('ann')], { expected: 'none' });
    await eventsOf(await startProcess());
    const context = { purpose: 'nestjs-dynamo-event-store data subject', ref: expect.stringMatching(/^[\w-]{16}$/) };
    expect(kms.received).toMatchObject([
      { operation: 'Encrypt', KeyId: keyId, EncryptionContext: context },
      { operation: 'Decrypt', KeyId: keyId, EncryptionContext: context },
    ]);
    expect(kms.received[1]?.EncryptionContext).toEqual(kms.received[0]?.EncryptionContext);
    const wrapped = await provider().wrap(new Uint8Array(32), { ref: 'one' });
    await expect(provider().unwrap(wrapped, { ref: 'other' })).rejects.toMatchObject({ code: 'KEY_PROVIDER' });
  });
});

describe('another master key', () => {
  it('takes over by rewrap, and then the former one is not needed', async () => {
    await (await startProcess()).append(stream, [invite('ann', 'bob')], { expected: 'none' });
    const next = kms.createKey();
    const store = await startProcess(provider(next));
    expect(await eventsOf(store)).toEqual([invite('ann', 'bob')]);
    kms.takeOperations();
    expect(await store.dataSubjects.rewrap()).toEqual({ checked: 2, rewrapped: 2 });
    expect(kms.takeOperations()).toEqual(['Encrypt', 'Decrypt', 'Encrypt', 'Decrypt', 'Encrypt']);
    expect(await store.dataSubjects.rewrap()).toEqual({ checked: 2, rewrapped: 0 });
    expect(kms.takeOperations()).toEqual(['Encrypt']);
    kms.setState(keyId, 'PendingDeletion');
    expect(await eventsOf(await startProcess())).toEqual([invite('ann', 'bob')]);
  });

  it('may be what an alias points at from now on', async () => {
    kms.pointAlias('alias/people', keyId);
    const byAlias = () => startProcess(provider('alias/people'));
    const store = await byAlias();
    await store.append(stream, [invite('ann')], { expected: 'none' });
    kms.pointAlias('alias/people', kms.createKey());
    expect(await eventsOf(await byAlias())).toEqual([invite('ann')]);
    expect(await store.dataSubjects.rewrap()).toEqual({ checked: 1, rewrapped: 1 });
    kms.setState(keyId, 'Disabled');
    expect(await eventsOf(await byAlias())).toEqual([invite('ann')]);
    expect(await store.dataSubjects.rewrap()).toEqual({ checked: 1, rewrapped: 0 });
  });

  it('that may not be used changes nothing', async () => {
    await (await startProcess()).append(stream, [invite('ann')], { expected: 'none' });
    const store = await startProcess(provider('no-such-key'));
    await expect(store.dataSubjects.rewrap()).rejects.toMatchObject({ code: 'KEY_PROVIDER', operation: 'wrap' });
    expect(await eventsOf(await startProcess())).toEqual([invite('ann')]);
  });
});

const GOOD = ['id', 'ARN', 'alias', 'ARN of the alias'] as const;
it.each(GOOD)('a key is named by its %s', async (form) => {
  kms.pointAlias('alias/people', keyId);
  const account = keyId.replace(/:key\/.*/, '');
  const forms = {
    id: keyId.replace(/.*\//, ''),
    ARN: keyId,
    alias: 'alias/people',
    'ARN of the alias': `${account}:alias/people`,
  };
  const secret = Buffer.alloc(32, 7);
  const keys = provider(forms[form]);
  expect(Buffer.from(await keys.unwrap(await keys.wrap(secret, { ref: 'r' }), { ref: 'r' }))).toEqual(secret);
});

it('needs the name of a key', () => {
  expect(() => provider('')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});

describe('what KMS refuses', () => {
  // As the API reference lists the errors of Encrypt, of Decrypt, and those of all operations, with their statuses.
  it.each([
    ['AccessDeniedException', 400],
    ['DisabledException', 400],
    ['ExpiredTokenException', 403],
    ['IncorrectKeyException', 400],
    ['InvalidCiphertextException', 400],
    ['InvalidGrantTokenException', 400],
    ['InvalidKeyUsageException', 400],
    ['KMSInvalidStateException', 400],
    ['NotAuthorized', 400],
    ['NotFoundException', 400],
    ['UnrecognizedClientException', 400],
    ['ValidationException', 400],
  ])('for good is a KeyProviderError: %s', async (code, status) => {
    await expectFailures(new Refusal(code, `${code} on purpose.`, status), 'KeyProviderError');
  });

  it.each([
    ['DependencyTimeoutException', 503],
    ['InternalFailure', 500],
    ['KeyUnavailableException', 500],
    ['KMSInternalException', 500],
    ['ServiceUnavailable', 503],
    ['ThrottlingException', 400],
    ['TooManyRequests', 429],
  ])('for now is a KeyProviderUnavailableError: %s', async (code, status) => {
    await expectFailures(new Refusal(code, `${code} on purpose.`, status), 'KeyProviderUnavailableError');
  });

  it('for what is stored names the stored key, and is not shown as a fallback', async () => {
    await (await startProcess()).append(stream, [invite('ann')], { expected: 'none' });
    const store = await startProcess(provider(kms.createKey()));
    kms.setState(keyId, 'Disabled');
    await expect(eventsOf(store)).rejects.toMatchObject({
      name: 'KeyProviderError',
      operation: 'unwrap',
      masterKey: keyId,
      message: `The master key ${keyId} could not unwrap the key of a data subject: ${keyId} is disabled.`,
    });
    kms.setState(keyId, 'Enabled');
    expect(await eventsOf(store)).toEqual([invite('ann')]);
  });

  it('leaves nothing written, and can be repeated', async () => {
    const store = await startProcess();
    kms.requestFault = () => 'throttle';
    await expect(store.append(stream, [invite('ann')], { expected: 'none' })).rejects.toMatchObject({
      code: 'KEY_PROVIDER_UNAVAILABLE',
      retryable: true,
    });
    expect(await store.dataSubjects.isKnown('ann')).toBe(false);
    expect((await store.head(stream)).version).toBe(0);
    kms.requestFault = () => undefined;
    await store.append(stream, [invite('ann')], { expected: 'none' });
    expect(await eventsOf(store)).toEqual([invite('ann')]);
  });

  it('is decided by the encryption context too, where the policy asks for it', async () => {
    kms.isAllowed = ({ EncryptionContext }) =>
      EncryptionContext?.['purpose'] === 'nestjs-dynamo-event-store data subject';
    const store = await startProcess();
    await store.append(stream, [invite('ann')], { expected: 'none' });
    expect(await eventsOf(await startProcess())).toEqual([invite('ann')]);
    expect(await store.dataSubjects.rewrap()).toEqual({ checked: 1, rewrapped: 0 });
    await expect(provider().wrap(new Uint8Array(32), {})).rejects.toMatchObject({ code: 'KEY_PROVIDER' });
  });
});

describe('without an answer of KMS', () => {
  it.each<RequestFault>(['drop-request', 'drop-answer'])('because of %s it is unavailable', async (fault) => {
    kms.requestFault = () => fault;
    await expectFailures(undefined, 'KeyProviderUnavailableError');
  });

  it('that could be read it is unavailable', async () => {
    kms.garbled = true;
    await expectFailures(undefined, 'KeyProviderUnavailableError');
  });

  it('since there are no credentials, it is refused', async () => {
    const none = () => Promise.reject(Object.assign(new Error('no identity'), { name: 'CredentialsProviderError' }));
    await expect(provider(keyId, { credentials: none }).wrap(new Uint8Array(32), {})).rejects.toMatchObject({
      code: 'KEY_PROVIDER',
    });
  });
});

/** Both operations fail so, and no error holds the key, nor what it is encrypted to. */
async function expectFailures(refusal: Refusal | undefined, name: string): Promise<void> {
  const secret = Buffer.from('plaintext key of a data subject!');
  const { requestFault, garbled } = kms;
  kms.requestFault = () => undefined;
  kms.garbled = false;
  const keys = provider();
  const wrapped = await keys.wrap(secret, { ref: 'r' });
  Object.assign(kms, { requestFault, garbled, refusal });
  for (const [operation, attempt] of [
    ['wrap', () => keys.wrap(secret, { ref: 'r' })],
    ['unwrap', () => keys.unwrap(wrapped, { ref: 'r' })],
  ] as const) {
    const error: unknown = await attempt().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name,
      operation,
      masterKey: keyId,
      retryable: name === 'KeyProviderUnavailableError',
      cause: expect.anything(),
    });
    const shown = inspect(error, { depth: Infinity, showHidden: true });
    for (const form of ['utf8', 'base64', 'hex'] as const) expect(shown).not.toContain(secret.toString(form));
    expect(shown).not.toContain(inspect(secret).slice(8, -1));
  }
}
