import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ProtocolServer, Refusal, type Answer } from './protocol-server.js';

export interface KmsRequest {
  readonly operation: 'Encrypt' | 'Decrypt';
  readonly KeyId?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
  /** base64. */
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
}

type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

interface KmsKey {
  readonly id: string;
  readonly arn: string;
  readonly material: Buffer;
  state: KeyState;
}

const ACCOUNT = 'arn:aws:kms:eu-west-1:111122223333';
const ID_BYTES = 36;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** KMS over AWS JSON 1.1: `Encrypt` and `Decrypt` with symmetric keys, and its refusals as the API reference has them. */
export class KmsServer extends ProtocolServer {
  readonly received: KmsRequest[] = [];
  /** What key policy and IAM say. */
  isAllowed: (request: KmsRequest) => boolean = () => true;
  /** How the service answers whatever is asked. */
  refusal: Refusal | undefined;
  /** Whether answers end in the middle. */
  garbled = false;

  private readonly keys = new Map<string, KmsKey>();
  private readonly aliases = new Map<string, string>();

  constructor() {
    super('application/x-amz-json-1.1');
  }

  /** @returns The ARN of a new key. */
  createKey(): string {
    const id = randomUUID();
    const arn = `${ACCOUNT}:key/${id}`;
    this.keys.set(id, { id, arn, material: randomBytes(32), state: 'Enabled' });
    return arn;
  }

  /** Points an alias, such as `alias/people`, at a key: at another one from now on, if there is one. */
  pointAlias(alias: string, keyId: string): void {
    this.aliases.set(alias, this.find(keyId).id);
  }

  setState(keyId: string, state: KeyState): void {
    this.find(keyId).state = state;
  }

  /** The operations of the requests so far, which are forgotten. */
  takeOperations(): string[] {
    return this.received.splice(0).map(({ operation }) => operation);
  }

  protected carryOut({ headers }: IncomingMessage, body: string): Answer {
    const [, operation] = /^TrentService\.(Encrypt|Decrypt)$/.exec(String(headers['x-amz-target'])) ?? [];
    if (operation === undefined) throw new Refusal('UnknownOperationException', 'There is no such operation.');
    const request = { ...(JSON.parse(body) as object), operation } as KmsRequest;
    this.received.push(request);
    if (this.refusal !== undefined) throw this.refusal;
    if (!this.isAllowed(request))
      throw new Refusal('AccessDeniedException', `User is not authorized to perform: kms:${operation}`);
    const answer = request.operation === 'Encrypt' ? this.encrypt(request) : this.decrypt(request);
    const text = JSON.stringify({ ...answer, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
    return { status: 200, body: this.garbled ? text.slice(0, text.length / 2) : text };
  }

  protected refuse({ code, message, status }: Refusal): Answer {
    return { status, body: JSON.stringify({ __type: code, message }) };
  }

  private encrypt({ KeyId = '', Plaintext = '', EncryptionContext }: KmsRequest) {
    const key = this.usable(KeyId);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key.material, nonce).setAAD(boundTo(EncryptionContext));
    const sealed = Buffer.concat([cipher.update(Buffer.from(Plaintext, 'base64')), cipher.final()]);
    const blob = Buffer.concat([Buffer.from(key.id), nonce, cipher.getAuthTag(), sealed]);
    return { KeyId: key.arn, CiphertextBlob: blob.toString('base64') };
  }

  /** The ciphertext of a symmetric key tells which one it was; `KeyId`, where given, has to be that one. */
  private decrypt({ KeyId, CiphertextBlob = '', EncryptionContext }: KmsRequest) {
    const blob = Buffer.from(CiphertextBlob, 'base64');
    const id = blob.toString('latin1', 0, ID_BYTES);
    if (!this.keys.has(id)) throw new Refusal('InvalidCiphertextException', '');
    const key = this.usable(KeyId ?? id);
    if (key.id !== id)
      throw new Refusal('IncorrectKeyException', 'The key ID in the request does not identify a CMK that can …');
    const [tagAt, textAt] = [ID_BYTES + NONCE_BYTES, ID_BYTES + NONCE_BYTES + TAG_BYTES];
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.material, blob.subarray(ID_BYTES, tagAt));
      decipher.setAAD(boundTo(EncryptionContext)).setAuthTag(blob.subarray(tagAt, textAt));
      const plaintext = Buffer.concat([decipher.update(blob.subarray(textAt)), decipher.final()]);
      return { KeyId: key.arn, Plaintext: plaintext.toString('base64') };
    } catch {
      throw new Refusal('InvalidCiphertextException', '');
    }
  }

  private usable(keyId: string): KmsKey {
    const key = this.find(keyId);
    if (key.state === 'Disabled') throw new Refusal('DisabledException', `${key.arn} is disabled.`);
    if (key.state === 'PendingDeletion')
      throw new Refusal('KMSInvalidStateException', `${key.arn} is pending deletion.`);
    return key;
  }

  /** By id, ARN, name of an alias, or ARN of an alias. */
  private find(keyId: string): KmsKey {
    const name = keyId.startsWith(`${ACCOUNT}:`) ? keyId.slice(ACCOUNT.length + 1).replace(/^key\//, '') : keyId;
    const key = this.keys.get(this.aliases.get(name) ?? name);
    if (key === undefined) throw new Refusal('NotFoundException', `Key '${keyId}' does not exist`);
    return key;
  }
}

function boundTo(context: KmsRequest['EncryptionContext'] = {}): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}
