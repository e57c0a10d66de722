import { Presets, SingleBar } from 'cli-progress';
import type { ImportReport } from './importer.js';
import type { NorthwindFolder } from './northwind-orders.js';

export interface Progress {
  readonly update: (report: Readonly<ImportReport>) => void;
  readonly stop: () => void;
}

/** A bar on a terminal; elsewhere a line for each tenth. */
export function showProgress(total: number, output: NodeJS.WriteStream): Progress {
  return output.isTTY ? barProgress(total, output) : lineProgress(total, output);
}

/** What was done, in a few lines. */
export function summaryOf({ badRows, skipped }: NorthwindFolder, report: ImportReport): string {
  const seconds = Math.max(report.seconds, 0.001);
  const orders = report.imported + report.alreadyThere + report.failed;
  const rows: [string, string | number][] = [
    ['imported', report.imported],
    ['already there', report.alreadyThere],
    ['failed', report.failed],
    ['  of these conflicts', report.conflicts],
    ['skipped rows', badRows.length],
    ['skipped orders', skipped.length],
    ['new commands', report.commands],
    [
      'rate',
      `${(orders / seconds).toFixed(1)} orders/s, ${(report.commands / seconds).toFixed(1)} new commands/s, in ${seconds.toFixed(1)} s`,
    ],
  ];
  return rows.map(([label, value]) => `  ${label.padEnd(22)}${value}`).join('\n');
}

function barProgress(total: number, stream: NodeJS.WriteStream): Progress {
  const format = '  {bar} {percentage}% | {value}/{total} orders | {rate}/s | {failed} failed | {eta_formatted} left';
  const bar = new SingleBar({ format, stream, hideCursor: true, forceRedraw: true }, Presets.shades_classic);
  bar.start(total, 0, { rate: '0', failed: 0 });
  return {
    update: (report) => {
      bar.update(doneOf(report), { rate: (doneOf(report) / report.seconds).toFixed(0), failed: report.failed });
    },
    stop: () => {
      bar.stop();
    },
  };
}

function lineProgress(total: number, output: NodeJS.WriteStream): Progress {
  let tenths = 0;
  return {
    update: (report) => {
      const reached = Math.floor((doneOf(report) * 10) / total);
      if (reached === tenths) return;
      tenths = reached;
      output.write(`  ${doneOf(report)} of ${total} orders, ${report.failed} failed\n`);
    },
    stop: () => undefined,
  };
}

function doneOf({ imported, alreadyThere, failed }: Readonly<ImportReport>): number {
  return imported + alreadyThere + failed;
}
