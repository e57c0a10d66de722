import { request } from 'node:http';
import { LOOPBACK } from './loopback-port.js';

/** Long enough for the first request of a cold JVM; a connection that hangs is given up and tried anew. */
const ANSWER_TIMEOUT_MS = 5000;

/** DynamoDB Local reads the signature's parts and does not verify it. */
const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': 'DynamoDB_20120810.ListTables',
  'x-amz-date': '20200101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20200101/local/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0',
};

/**
 * Whether the DynamoDB Local that was started with `-cors <origin>` lists its tables on that port. It repeats its origin
 * in the answer, which no other server on the port can know.
 */
export function answersListTables(port: number, origin: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request(
      {
        host: LOOPBACK,
        port,
        method: 'POST',
        agent: false,
        timeout: ANSWER_TIMEOUT_MS,
        signal,
        headers: { ...HEADERS, origin },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200 && response.headers['access-control-allow-origin'] === origin);
      },
    );
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => {
      resolve(false);
    });
    ping.end('{}');
  });
}
