import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConsoleLogger, Logger, ShutdownSignal } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { levelsFrom, type OrderServiceConfig } from './config.js';
import { DrainingExpressAdapter } from './http/draining-express-adapter.js';
import { serveApiDocs } from './http/openapi.js';
import { requestLog } from './http/request-log.js';

export interface RunningService {
  readonly app: NestExpressApplication;
  /** Such as `http://127.0.0.1:3000`. */
  readonly url: string;
}

/** The application as it runs in production, not yet listening. */
export async function createOrderService(
  config: OrderServiceConfig,
  afterShutdown?: () => Promise<void>,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.register(config, afterShutdown),
    new DrainingExpressAdapter(),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- options are a class in Nest's types only
    { logger: new ConsoleLogger({ json: true, logLevels: levelsFrom(config.logLevel) }), abortOnError: false },
  );
  // An ETag is the version of an order here, and nothing else.
  app.disable('etag');
  app.disable('x-powered-by');
  app.use(requestLog);
  serveApiDocs(app);
  return app;
}

/** Creates the application, listens, and stops on SIGTERM and SIGINT when the requests in hand are done. */
export async function startOrderService(
  config: OrderServiceConfig,
  afterShutdown?: () => Promise<void>,
): Promise<RunningService> {
  const app = await createOrderService(config, afterShutdown);
  app.enableShutdownHooks([ShutdownSignal.SIGTERM, ShutdownSignal.SIGINT], { useProcessExit: true });
  await app.listen(config.port, config.host);
  const server: Server = app.getHttpServer();
  const { port } = server.address() as AddressInfo;
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  new Logger('OrderService').log(`Listening on ${url}`);
  return { app, url };
}

/** Runs a program; a failure to start is one line on standard error and exit code 1. */
export async function runProgram(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`order-service: ${message}\n`);
    process.exit(1);
  }
}
