import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  checkEventSchemas,
  readEventSchemas,
  readSchemaLock,
  writeEventSchemas,
  type EventSources,
  type SchemaFinding,
  type WriteEventSchemasOptions,
  type WrittenEventSchemas,
} from 'nestjs-dynamo-event-store/schemas';

/** As far as the sources of a scratch project need them; the real types take the compiler seconds, each time. */
const PACKAGES = {
  'nestjs-dynamo-event-store': `
    interface Target { readonly event: string; readonly version: number }
    interface UpcasterOptions { event: string; from: number; into?: readonly Target[]; with?: readonly Target[] }
    export declare function DomainEvent(options: { name: string; version?: number; aliases?: readonly string[] }): ClassDecorator;
    export declare function Aggregate(options: { name: string }): ClassDecorator;
    export declare function EventHandler(event: object): MethodDecorator;
    export declare function Upcaster(options: UpcasterOptions): ClassDecorator;
    export declare function defineUpcaster(options: UpcasterOptions, upcast: (payload: never) => unknown): object;
    export declare function PersonalData(options?: { fallback: unknown }): PropertyDecorator & ParameterDecorator;
    export declare function DataSubject(): PropertyDecorator & ParameterDecorator;
    export declare class AggregateRoot { readonly id: string; }`,
  'class-transformer': `
    export declare function Expose(options?: { name?: string; toClassOnly?: boolean }): PropertyDecorator & ClassDecorator;
    export declare function Exclude(options?: { toClassOnly?: boolean; toPlainOnly?: boolean }): PropertyDecorator & ClassDecorator;
    export declare function Transform(change: (parts: { value: unknown }) => unknown): PropertyDecorator;
    export declare function Type(type: () => unknown): PropertyDecorator;`,
};

/** An application in a folder of its own, of which only the sources matter. */
export class SchemaProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'event-schemas-'));
  readonly lock = join(this.folder, 'event-schemas.json');
  readonly tsconfig = join(this.folder, 'tsconfig.json');

  constructor() {
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      strict: true,
      experimentalDecorators: true,
      types: [],
    };
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['src'] }));
    for (const [name, declarations] of Object.entries(PACKAGES)) {
      this.write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', types: 'index.d.ts' }));
      this.write(`node_modules/${name}/index.d.ts`, declarations);
    }
  }

  write(file: string, text: string): this {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return this;
  }

  read(): EventSources {
    return readEventSchemas({ tsconfig: this.tsconfig });
  }

  check(): readonly SchemaFinding[] {
    return checkEventSchemas(readSchemaLock(this.lock), this.read());
  }

  lockAll(options: WriteEventSchemasOptions = {}): WrittenEventSchemas {
    return writeEventSchemas(this.read(), { lock: this.lock, ...options });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
