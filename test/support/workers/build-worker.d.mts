/** The worker's program with the library, as JavaScript made from the sources as they are now. */
export interface BuiltWorker {
  /** Absolute path of the program. */
  readonly program: string;
  /** Deletes the folder of the JavaScript. */
  remove(): Promise<void>;
}

export function buildWorker(): Promise<BuiltWorker>;
