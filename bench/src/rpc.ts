import type { ChildProcess } from 'node:child_process';

interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Methods that a process offers to its parent. Arguments and results are plain data. */
export type Methods = Readonly<Record<string, (...args: never[]) => unknown>>;

/** The same methods, seen from the parent. */
export type Remote<M> = {
  readonly [K in keyof M]: M[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/** Answers the parent's calls until it goes. */
export function serveParent(methods: Methods): void {
  process.on('message', ({ id, method, args }: Call) => {
    const run = Promise.resolve().then(() => methods[method]?.(...(args as never[])));
    run.then(
      (result) => process.send?.({ id, result } satisfies Reply),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? '') : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

/** Calls a child's methods. Every call under way fails when the child ends. */
export function connectChild<M>(child: ChildProcess, name: string): Remote<M> {
  const open = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  let last = 0;
  child.on('message', ({ id, result, error }: Reply) => {
    const call = open.get(id);
    open.delete(id);
    if (error === undefined) call?.resolve(result as never);
    else call?.reject(new Error(`${name}: ${error}`));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of open.values()) reject(new Error(`${name} ended (${code ?? signal}).`));
    open.clear();
  });
  const call = (method: string, args: readonly unknown[]) =>
    new Promise((resolve, reject) => {
      last += 1;
      open.set(last, { resolve, reject });
      child.send({ id: last, method, args } satisfies Call);
    });
  return new Proxy({} as Remote<M>, {
    get: (_, method) => (method === 'then' ? undefined : (...args: unknown[]) => call(String(method), args)),
  });
}
