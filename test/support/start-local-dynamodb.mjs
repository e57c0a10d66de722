// A process of its own that starts an engine: node start-local-dynamodb.mjs <module> <options as JSON> <stay | leave>
// It writes one line of JSON: the engine, or the error. With "stay" it then stays until it is killed; with "leave" nothing
// but the engine could keep it alive.
import { subscribe } from 'node:diagnostics_channel';
import { setInterval } from 'node:timers';
import { pathToFileURL } from 'node:url';

const [entry, options, then] = process.argv.slice(2);
const children = [];
subscribe('child_process', ({ process: child }) => children.push(child));

const { startLocalDynamoDb } = await import(pathToFileURL(entry).href);
const notices = [];
try {
  const local = await startLocalDynamoDb({ ...JSON.parse(options), log: (line) => notices.push(line) });
  const supervisors = children.filter((child) => child.exitCode === null).map((child) => child.pid);
  console.log(
    JSON.stringify({ engine: local.engine, endpoint: local.endpoint, pids: [local.pid, ...supervisors], notices }),
  );
} catch (error) {
  console.log(JSON.stringify({ error: { name: error.name, code: error.code, message: error.message } }));
}
if (then === 'stay') setInterval(() => undefined, 60_000);
