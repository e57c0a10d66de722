import { startFailed } from './local-dynamodb-errors.js';

/** What an AWS SDK client needs to reach an endpoint; a subset of `DynamoDBClientConfig`. */
export interface LocalClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

// DynamoDB Local accepts only letters and digits in an access key.
const DUMMY_REGION = 'local';
const DUMMY_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** For an engine that we started: fixed values, whatever AWS settings the environment holds. */
export function dummyClientConfig(endpoint: string): LocalClientConfig {
  return { endpoint, region: DUMMY_REGION, credentials: { ...DUMMY_CREDENTIALS } };
}

/**
 * The endpoint of `DYNAMODB_ENDPOINT`, with region and credentials of the environment where it has them; `undefined`
 * when the variable is unset or empty.
 *
 * @throws LocalDynamoDbError `START_FAILED` when it is not an http(s) URL
 */
export function externalClientConfig(env: NodeJS.ProcessEnv): LocalClientConfig | undefined {
  const endpoint = nonEmpty(env['DYNAMODB_ENDPOINT']);
  if (endpoint === undefined) return undefined;
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    throw startFailed(
      `DYNAMODB_ENDPOINT is "${endpoint}": set it to a URL such as http://127.0.0.1:8000, or unset it.`,
    );
  }
  return { endpoint, region: nonEmpty(env['AWS_REGION']) ?? DUMMY_REGION, credentials: credentialsOf(env) };
}

function credentialsOf(env: NodeJS.ProcessEnv): LocalClientConfig['credentials'] {
  const accessKeyId = nonEmpty(env['AWS_ACCESS_KEY_ID']);
  const secretAccessKey = nonEmpty(env['AWS_SECRET_ACCESS_KEY']);
  const sessionToken = nonEmpty(env['AWS_SESSION_TOKEN']);
  if (accessKeyId === undefined || secretAccessKey === undefined) return { ...DUMMY_CREDENTIALS };
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
