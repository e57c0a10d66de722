import { createServer, type AddressInfo, type Socket } from 'node:net';
import { serveParent } from '../rpc.js';
import { Meter } from './meter.js';
import { NullEngine } from './null-engine.js';
import { serveRecording } from './recording-engine.js';
import { Recordings } from './recordings.js';
import { SeedingEngine } from './seeding-engine.js';
import { Tables } from './tables.js';
import { Upstream } from './upstream.js';

/** Where contestants find the engine in each of its parts. */
export interface Endpoints {
  readonly local: string;
  readonly record: string;
  readonly null: string;
  readonly seed: string;
}

async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer(onConnection);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Parts {
  readonly nullEngine: NullEngine;
  readonly seeding: SeedingEngine;
  readonly meter: Meter;
}

let parts: Parts | undefined;

function started(): Parts {
  if (parts === undefined) throw new Error('The engine was not started.');
  return parts;
}

const methods = {
  /** @param local Endpoint of DynamoDB Local. */
  async start(local: string): Promise<Endpoints> {
    const [upstream, tables] = [new Upstream(local), new Tables()];
    const recordings = new Recordings(tables);
    const meter = new Meter(tables, upstream);
    const nullEngine = new NullEngine(recordings, upstream);
    const seeding = new SeedingEngine(upstream, tables);
    parts = { nullEngine, seeding, meter };
    return {
      local,
      record: await listen((socket) => {
        serveRecording(socket, { upstream, tables, recordings, meter });
      }),
      null: await listen((socket) => {
        nullEngine.serve(socket);
      }),
      seed: await listen((socket) => {
        seeding.serve(socket);
      }),
    };
  },
  startMeter: () => {
    started().meter.start();
  },
  stopMeter: () => started().meter.stop(),
  takeServed: () => started().nullEngine.takeServed(),
  passThrough: (tables: string | null) => {
    started().nullEngine.passThrough = tables ?? undefined;
  },
  copySeeds: (tables: string, name: string, copies: readonly string[]) => {
    started().seeding.copy(tables, name, copies);
  },
  lengthenSeed: (table: string, stream: string, known: number, period: number, length: number) => {
    started().seeding.lengthen(table, stream, known, period, length);
  },
  flushSeeds: (tables: string) => started().seeding.flush(tables),
};

export type EngineMethods = typeof methods;

serveParent(methods);
