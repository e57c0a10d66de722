import { createRequire } from 'node:module';
import { packageMissing } from './local-dynamodb-errors.js';

/**
 * Main file of an optional package, looked up as an import in this library would be.
 *
 * @throws LocalDynamoDbError `ENGINE_MISSING`
 */
export function installedPackage(name: string): string {
  try {
    return createRequire(thisFile()).resolve(name);
  } catch (error) {
    throw packageMissing(name, error);
  }
}

/**
 * Path or address of this file, without `import.meta`: a test runner that turns this library into CommonJS could not even
 * parse that.
 */
function thisFile(): string {
  const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  try {
    Error.prepareStackTrace = (_, calls) => calls[0]?.getFileName();
    return String(new Error().stack);
  } finally {
    Reflect.deleteProperty(Error, 'prepareStackTrace');
    if (before !== undefined) Object.defineProperty(Error, 'prepareStackTrace', before);
  }
}
