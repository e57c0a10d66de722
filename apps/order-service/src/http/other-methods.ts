import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { problem, ProblemError } from './problem.js';

/** What Express keeps of a route; middleware has no `route`. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

interface ExpressApp {
  readonly router: { readonly stack: readonly Layer[] };
}

/** Answers 405 for a known path with another method, and tells `OPTIONS` which there are. */
export function answerOtherMethods(app: NestExpressApplication) {
  const express = app.getHttpAdapter().getInstance() as ExpressApp;
  return (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
    const { method = 'GET', url = '/' } = request;
    const allowed = methodsAt(express.router.stack, url.split('?', 1)[0] ?? '/');
    if (allowed.size === 0 || allowed.has(method)) {
      next();
      return;
    }
    const list = [...allowed, 'OPTIONS'].sort().join(', ');
    response.setHeader('Allow', list);
    if (method === 'OPTIONS') response.writeHead(204).end();
    else next(new ProblemError(problem(405, 'method-not-allowed', `${method} is not possible here, but ${list} are.`)));
  };
}

function methodsAt(stack: readonly Layer[], path: string): Set<string> {
  const methods = stack.flatMap((layer) =>
    layer.route !== undefined && matches(layer, path) ? Object.keys(layer.route.methods) : [],
  );
  return new Set(methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])));
}

/** A path that cannot be decoded is refused by its route, with the reason. */
function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
