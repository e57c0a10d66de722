/** The worker's program with the library, as JavaScript made from the sources as they are now. */
export interface BuiltWorker {
  /** Absolute path of the program. */
  readonly program: string;
  /** Deletes the folder of the JavaScript. */
  remove(): Promise<void>;
}

/** @param program Folder of a program with a `main.ts`; default: the one that deposits. */
export function buildWorker(program?: URL): Promise<BuiltWorker>;
