import { InvalidArgumentError } from '../errors/argument-errors.js';

/** The oldest TypeScript whose compiler API the schemas use. */
const OLDEST = [5, 5] as const;

/**
 * The peer range takes every TypeScript, so that an application can be installed beside any; the schemas need its API.
 *
 * @throws InvalidArgumentError The compiler is too old, or has no API in JavaScript, as TypeScript 7.
 */
export function assertCompiler(compiler: { readonly version: string; readonly createProgram?: unknown }): void {
  const [major = 0, minor = 0] = compiler.version.split('.').map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  if (!isOld && typeof compiler.createProgram === 'function') return;
  throw new InvalidArgumentError(
    'schemas',
    `install the package \`typescript\`, 5.5 to 6.x; found ${compiler.version}. ` +
      (isOld
        ? ''
        : 'Keep the newer one under another name: `npm install --save-dev typescript@6 ts7@npm:typescript@7`.'),
  );
}
