import { missingPackageOf } from './missing-package.js';

export interface ProgressDisplay {
  readonly update: (done: number) => void;
  readonly stop: () => void;
}

/**
 * A bar on a terminal; elsewhere a line for each tenth. On the error output, since data may go to the other one.
 * @param total What there is to do; an estimate may be passed.
 */
export async function showProgress(total: number, unit: string): Promise<ProgressDisplay> {
  const output = process.stderr;
  if (!output.isTTY || total === 0) return lineProgress(total, unit, output);
  try {
    return await barProgress(total, unit, output);
  } catch (error) {
    const missing = missingPackageOf(error);
    if (missing === undefined) throw error;
    output.write(`A progress bar needs ${missing}: npm install ${missing}\n`);
    return lineProgress(total, unit, output);
  }
}

async function barProgress(total: number, unit: string, stream: NodeJS.WriteStream): Promise<ProgressDisplay> {
  const { default: progress } = await import('cli-progress');
  const format = `  {bar} {percentage}% | {value}/{total} ${unit} | {eta_formatted} left`;
  const bar = new progress.SingleBar({ format, stream, hideCursor: true }, progress.Presets.shades_classic);
  bar.start(total, 0);
  return {
    update: (done) => {
      if (done > bar.getTotal()) bar.setTotal(done);
      bar.update(done);
    },
    stop: () => {
      bar.stop();
    },
  };
}

function lineProgress(total: number, unit: string, output: NodeJS.WriteStream): ProgressDisplay {
  let tenths = 0;
  return {
    update: (done) => {
      const reached = total === 0 ? 0 : Math.min(10, Math.floor((done * 10) / total));
      if (reached === tenths) return;
      tenths = reached;
      output.write(`  ${done} of ${Math.max(total, done)} ${unit}\n`);
    },
    stop: () => undefined,
  };
}

/** A report as text: one line per row. */
export function summaryOf(rows: readonly (readonly [label: string, value: string | number])[]): string {
  return rows.map(([label, value]) => `  ${label.padEnd(22)}${value}\n`).join('');
}
