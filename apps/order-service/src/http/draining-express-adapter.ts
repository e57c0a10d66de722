import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';

/** How long requests in hand may take once the service is to stop. */
const DEFAULT_LIMIT_MS = 7_000;

/**
 * Express that stops in the right order. By itself Nest destroys modules before it closes the server, so a request in
 * hand would find the event bus without subscribers. Here `app.close()` first stops accepting, finishes what is in hand,
 * and only then lets Nest go on.
 */
export class DrainingExpressAdapter extends ExpressAdapter {
  private readonly inHand = new Set<ServerResponse>();
  private draining = false;

  constructor(private readonly limitMs = DEFAULT_LIMIT_MS) {
    super();
  }

  override initHttpServer(options: NestApplicationOptions): void {
    super.initHttpServer(options);
    this.server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      this.inHand.add(response);
      response.once('close', () => this.inHand.delete(response));
      if (this.draining) response.setHeader('Connection', 'close');
    });
  }

  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- Nest awaits it, the type only does not say so
  override async beforeClose(): Promise<void> {
    super.beforeClose();
    this.draining = true;
    if (!this.server.listening) return;
    // Connections that are kept alive would otherwise stay open until they time out.
    for (const response of this.inHand) if (!response.headersSent) response.setHeader('Connection', 'close');
    const deadline = setTimeout(() => {
      this.server.closeAllConnections();
    }, this.limitMs);
    await new Promise((resolve) => this.server.close(resolve));
    clearTimeout(deadline);
  }

  private get server(): Server {
    return this.httpServer;
  }
}
