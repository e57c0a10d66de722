import { request as open, type Agent, type IncomingHttpHeaders } from 'node:http';

/** A request as it goes over the wire; nothing of it is mended on the way. */
export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

export interface FuzzedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The answer, or the error of a connection that the service broke off. */
export function exchange(
  url: URL,
  agent: Agent,
  { method, path, headers, body }: FuzzedRequest,
): Promise<FuzzedAnswer | Error> {
  return new Promise((resolve) => {
    const { hostname, port } = url;
    const outgoing = open({ hostname, port, agent, method, path, headers: { ...headers } }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (part: string) => (text += part));
      incoming.on('error', resolve);
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
      });
    });
    outgoing.on('error', resolve);
    if (body !== undefined && headers['Transfer-Encoding'] === undefined)
      outgoing.setHeader('Content-Length', body.length);
    outgoing.end(body);
  });
}

/** For the message of a failure. */
export function described({ method, path, headers, body }: FuzzedRequest): string {
  const text = body === undefined ? '' : body.toString('latin1').slice(0, 600);
  return `${method} ${path.slice(0, 600)} ${JSON.stringify(headers)} ${text}`;
}
