import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with a whole request. `drop-answer`: it is carried out, then the connection is closed. */
export type RequestFault = 'throttle' | 'server-error' | 'drop-request' | 'drop-answer' | undefined;

/** What goes wrong with one message of a request that is accepted otherwise. */
export interface EntryFault {
  readonly code: string;
  readonly senderFault: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A refusal in the service's own words; the protocol decides how it looks on the wire. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/**
 * A service on a port of its own that speaks one of AWS's protocols, so that the real SDK clients can be used against it.
 * Signatures are not checked.
 */
export abstract class ProtocolServer {
  /** Decides about each request, by its place among all since the start, from 0. */
  requestFault: (index: number) => RequestFault = () => undefined;
  /** Decides about each message of a batch, by its text. */
  entryFault: (text: string) => EntryFault | undefined = () => undefined;
  /** Texts of the messages of each batch, in the order of the requests. */
  readonly batches: string[][] = [];
  /** Texts of the messages that were taken while the answer was lost. */
  readonly unanswered: string[] = [];

  private readonly server: Server;
  private requests = 0;

  constructor(private readonly contentType: string) {
    this.server = createServer((request, response) => {
      void this.serve(request, response);
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** For the constructor of an SDK client. */
  clientConfig(): {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  } {
    return {
      endpoint: this.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
  }

  protected abstract carryOut(request: IncomingMessage, body: string): Answer;
  protected abstract refuse(refusal: Refusal): Answer;

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const fault = this.requestFault(this.requests++);
    if (fault === 'drop-request') {
      request.socket.destroy();
      return;
    }
    const answer = this.answer(request, body, fault);
    if (fault === 'drop-answer') {
      this.unanswered.push(...(this.batches.at(-1) ?? []));
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': this.contentType }).end(answer.body);
  }

  private answer(request: IncomingMessage, body: string, fault: RequestFault): Answer {
    if (fault === 'throttle') return this.refuse(new Refusal('ThrottlingException', 'Rate exceeded', 400));
    if (fault === 'server-error') return this.refuse(new Refusal('InternalFailure', 'Internal error', 500));
    try {
      return this.carryOut(request, body);
    } catch (error) {
      if (error instanceof Refusal) return this.refuse(error);
      throw error;
    }
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
