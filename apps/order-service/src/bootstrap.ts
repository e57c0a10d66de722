import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConsoleLogger, Logger, ShutdownSignal } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { levelsFrom, type OrderServiceConfig } from './config.js';
import { DrainingExpressAdapter } from './http/draining-express-adapter.js';
import { serveApiDocs } from './http/openapi.js';
import { answerOtherMethods } from './http/other-methods.js';
import { readJsonBodies } from './http/json-body.js';
import { requestLog } from './http/request-log.js';
import { rejectOtherSites } from './http/same-site.js';
import { Lanes } from './load/lanes.js';
import { LaneInterceptor, shedEarly } from './load/load-shedding.js';

const STOP_SIGNALS = [ShutdownSignal.SIGTERM, ShutdownSignal.SIGINT];

/** Orchestrators kill after 30 s or less; promised are 15 s. */
const STOP_LIMIT_MS = 14_000;

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
    {
      logger: new ConsoleLogger({ json: true, logLevels: levelsFrom(config.logLevel) }),
      abortOnError: false,
      bodyParser: false,
    },
  );
  // An ETag is the version of an order here, and nothing else.
  app.disable('etag');
  app.disable('x-powered-by');
  app.use(requestLog);
  app.use(answerOtherMethods(app));
  app.use(rejectOtherSites);
  const lanes = new Lanes();
  app.use(shedEarly(lanes));
  readJsonBodies(app);
  app.useGlobalInterceptors(new LaneInterceptor(lanes));
  serveApiDocs(app);
  return app;
}

/** Creates the application, listens, and stops on SIGTERM and SIGINT when the requests in hand are done. */
export async function startOrderService(
  config: OrderServiceConfig,
  afterShutdown?: () => Promise<void>,
): Promise<RunningService> {
  const deadline = deadlineOfStopping();
  const app = await createOrderService(config, async () => {
    await afterShutdown?.();
    deadline.remove();
  });
  deadline.add();
  app.enableShutdownHooks(STOP_SIGNALS, { useProcessExit: true });
  await app.listen(config.port, config.host);
  const server: Server = app.getHttpServer();
  const { port } = server.address() as AddressInfo;
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  new Logger('OrderService').log(`Listening on ${url}`);
  return { app, url };
}

/** Ends the process after the time for stopping, whatever does not come to its end: nothing can be lost that is stored. */
function deadlineOfStopping(): { add(): void; remove(): void } {
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    timer ??= setTimeout(() => {
      new Logger('OrderService').error(`Not everything came to its end within ${STOP_LIMIT_MS} ms; ended all the same`);
      process.exit(1);
    }, STOP_LIMIT_MS).unref();
  };
  return {
    add: () => {
      for (const signal of STOP_SIGNALS) process.on(signal, begin);
    },
    remove: () => {
      clearTimeout(timer);
      for (const signal of STOP_SIGNALS) process.off(signal, begin);
    },
  };
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
