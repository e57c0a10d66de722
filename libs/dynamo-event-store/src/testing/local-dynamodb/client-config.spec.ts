import { describe, expect, it } from '@jest/globals';
import { dummyClientConfig, externalClientConfig } from './client-config.js';

const endpoint = 'http://127.0.0.1:8000';
const dummies = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

it('the dummy access key has letters and digits only, as DynamoDB Local requires', () => {
  expect(dummyClientConfig(endpoint).credentials.accessKeyId).toMatch(/^[A-Za-z0-9]+$/);
});

describe('externalClientConfig', () => {
  it.each([{}, { DYNAMODB_ENDPOINT: '' }])('is absent for %j', (env) => {
    expect(externalClientConfig(env)).toBeUndefined();
  });

  it('takes region and credentials from the environment', () => {
    const env = {
      DYNAMODB_ENDPOINT: endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
    };

    expect(externalClientConfig(env)).toEqual({
      endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' },
    });
  });

  it.each([
    {},
    { AWS_REGION: '', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
    { AWS_ACCESS_KEY_ID: 'half of a pair' },
    { AWS_SECRET_ACCESS_KEY: 'half of a pair', AWS_SESSION_TOKEN: 'token' },
  ])('takes the dummies where the environment has none: %j', (env) => {
    expect(externalClientConfig({ DYNAMODB_ENDPOINT: endpoint, ...env })).toEqual({ endpoint, ...dummies });
  });

  it.each(['localhost:8000', '127.0.0.1:8000', 'http://', 'ftp://127.0.0.1'])('refuses %s', (wrong) => {
    expect(() => externalClientConfig({ DYNAMODB_ENDPOINT: wrong })).toThrow(
      expect.objectContaining({
        code: 'START_FAILED',
        message: expect.stringContaining(`DYNAMODB_ENDPOINT is "${wrong}"`),
      }),
    );
  });
});
