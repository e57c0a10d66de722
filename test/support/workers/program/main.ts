// A process that deposits into accounts as its parent tells it: node main.js <WorkerConfig as JSON>
import { AggregateRepository } from 'nestjs-dynamo-event-store';
import { Account } from './account.js';
import { READY, type Answer, type DepositCommand, type Outcome, type WorkerConfig } from './messages.js';
import { WatchedStore } from './watched-store.js';

const store = new WatchedStore(JSON.parse(process.argv[2] ?? '') as WorkerConfig);
const repository = new AggregateRepository(store, { metadata: () => ({ actorId: String(process.pid) }) });

async function execute({ id, accountId, amount, idempotencyKey, withholdVersion }: DepositCommand): Promise<Outcome> {
  try {
    const deposit = (account: Account): void => {
      account.deposit(amount, id);
    };
    const { version } = await repository.update(Account, accountId, deposit, { attempts: 100, idempotencyKey });
    return withholdVersion ? { kind: 'withheld' } : { kind: 'done', version };
  } catch (error) {
    return { kind: 'failed', error: String(error) };
  }
}

async function answer(command: DepositCommand): Promise<void> {
  const outcome = await execute(command);
  process.send?.({ commandId: command.id, outcome, activity: store.takeActivity() } satisfies Answer);
}

process.on('message', (command) => void answer(command as DepositCommand));
// Without its parent nobody would ever end it.
process.on('disconnect', () => process.exit());
process.send?.(READY);
