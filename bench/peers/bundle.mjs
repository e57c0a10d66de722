/** Bundles programs into one file each, as for Lambda. Not typed: esbuild is installed only where the other stores are. */
import { build } from 'esbuild';

/** What Nest asks for and does without. */
const OPTIONAL = [
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  '@nestjs/websockets',
  '@nestjs/websockets/*',
  '@nestjs/platform-express',
  'class-validator',
];

/** CommonJS within a module still asks for parts of Node. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * @param programs Files by name.
 * @param mainFields esbuild's own choice for Node is `['main', 'module']`.
 */
export async function bundle(programs, folder, { mainFields = ['main', 'module'] } = {}) {
  const { metafile } = await build({
    entryPoints: programs,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    keepNames: true,
    mainFields,
    // Else this repository's paths would lead to the sources, not to what is published.
    tsconfigRaw: {},
    external: OPTIONAL,
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: 'error',
  });
  return Object.fromEntries(Object.entries(metafile.outputs).map(([file, { bytes }]) => [file, bytes]));
}
