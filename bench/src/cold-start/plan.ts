import type { StartFigures } from './programs/first-appends.js';

/** Modules that are imported one after the other. */
export interface ImportCase {
  readonly id: string;
  readonly title: string;
  readonly modules: readonly string[];
  /** Case that ratios are taken to. */
  readonly base?: string;
}

const LIBRARY = 'nestjs-dynamo-event-store';
const AROUND = ['reflect-metadata', '@aws-sdk/client-dynamodb', '@nestjs/cqrs'];
const ENTRIES = [
  'lambda',
  'streams',
  'sns',
  'sqs',
  'eventbridge',
  'kms',
  'class-validator',
  'transfer',
  'cost',
  'schemas',
  'testing',
];

export const IMPORTS: readonly ImportCase[] = [
  { id: 'around', title: 'reflect-metadata, SDK, @nestjs/cqrs', modules: AROUND },
  { id: 'core', title: '… and the library', modules: [...AROUND, LIBRARY], base: 'around' },
  ...ENTRIES.map((entry): ImportCase => ({
    id: entry,
    title: `… and \`./${entry}\``,
    modules: [...AROUND, LIBRARY, `${LIBRARY}/${entry}`],
    base: 'core',
  })),
];

/** Programs that append as soon as they can. */
export const STARTS = [
  { id: 'bare', title: 'bare SDK', base: 'bare' },
  { id: 'store', title: 'store', base: 'bare' },
  { id: 'nest-bare', title: 'Nest, bare SDK', base: 'nest-bare' },
  { id: 'nest', title: 'Nest, module and repository', base: 'nest-bare' },
] as const;

export type StartId = (typeof STARTS)[number]['id'];

/** As it is installed, or in one file. */
export type Packaging = 'modules' | 'bundle';

export interface StartRun {
  readonly id: StartId;
  readonly packaging: Packaging;
  readonly figures: StartFigures;
}
