/** The JavaScript of `startLocalDynamoDb()`, for a Node process that runs outside Jest's module loader. */
export interface TranspiledLocalDynamoDb {
  /** Absolute path of the module that exports it. */
  readonly entry: string;
  /** Deletes the folder of the JavaScript. */
  remove(): Promise<void>;
}

/** @param parent Folder to make a fresh folder in; by default one from which the engines' packages are found. */
export function transpileLocalDynamoDb(parent?: string): Promise<TranspiledLocalDynamoDb>;
