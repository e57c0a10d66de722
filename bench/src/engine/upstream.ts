import { Agent, request } from 'node:http';
import { answerOf, type Answer } from './answers.js';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** The real engine behind the recording one. */
export class Upstream {
  private readonly url: URL;

  constructor(endpoint: string) {
    this.url = new URL(endpoint);
  }

  /** DynamoDB Local looks at the access key and the region of the signature, and at nothing else of it. */
  send(operation: string, body: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent,
          host: this.url.hostname,
          port: this.url.port,
          method: 'POST',
          path: '/',
          headers: {
            'content-type': 'application/x-amz-json-1.0',
            'x-amz-target': `DynamoDB_20120810.${operation}`,
            authorization:
              'AWS4-HMAC-SHA256 Credential=local/20280101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
            'content-length': Buffer.byteLength(body),
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            resolve(answerOf(incoming.statusCode ?? 500, Buffer.concat(chunks).toString()));
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /** Like `send`, with JSON in and out; rejects unless it is accepted. */
  async call<T>(operation: string, input: object): Promise<T> {
    const { status, body } = await this.send(operation, JSON.stringify(input));
    if (status !== 200) throw new Error(`${operation} was refused: ${body.slice(0, 500)}`);
    return JSON.parse(body) as T;
  }
}
