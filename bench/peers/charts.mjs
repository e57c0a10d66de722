/** Draws the charts of a run as SVG. Not typed: vega is installed only where the other stores are. */
import * as vega from 'vega';
import { compile } from 'vega-lite';

const FONT = 'Helvetica, Arial, sans-serif';
const INK = '#24292f';
const CONFIG = {
  font: FONT,
  background: '#ffffff',
  axis: {
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 12,
    titleFontSize: 12,
    gridColor: '#d8dee4',
    labelLimit: 400,
  },
  legend: {
    labelColor: INK,
    labelFontSize: 12,
    symbolSize: 110,
    orient: 'top',
    columns: 3,
    labelLimit: 300,
    title: null,
  },
  title: { color: INK, fontSize: 15, subtitleColor: '#57606a', subtitleFontSize: 12, anchor: 'start', offset: 12 },
  view: { stroke: null },
};
const ROW_HEIGHT = 30;
/** Drawn as a stroke, not as a dot. */
const BARE = 'bare SDK';

/** Ours in blue, the others in warm colours and other shapes, so that the chart reads without colours too. */
const LOOKS = new Map([
  ['store', { color: '#0a5fd1', shape: 'circle' }],
  ['repository', { color: '#2ea3ff', shape: 'circle' }],
  ['command bus', { color: '#8cc8ff', shape: 'circle' }],
  ['castore', { color: '#d1480a', shape: 'square' }],
  ['ocoda', { color: '#e0a100', shape: 'triangle-up' }],
  ['event-store-adapter-js', { color: '#8a3ffc', shape: 'diamond' }],
]);

const scaleOf = (look) => ({ domain: [...LOOKS.keys()], range: [...LOOKS.values()].map((each) => each[look]) });

export async function svgOf(spec) {
  const { spec: compiled } = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    config: CONFIG,
    ...spec,
  });
  const view = new vega.View(vega.parse(compiled), { renderer: 'none' });
  return `${await view.toSVG()}\n`;
}

/** @param points `{ work, contestant, value }`, where `contestant` is one of those above. */
function dotPlot({ points, works, title, subtitle, axis, values }) {
  const colour = { field: 'contestant', type: 'nominal', scale: scaleOf('color'), legend: {} };
  const shape = { field: 'contestant', type: 'nominal', scale: scaleOf('shape'), legend: {} };
  return svgOf({
    title: { text: title, subtitle },
    width: 560,
    height: ROW_HEIGHT * works.length,
    padding: 16,
    data: { values: points },
    encoding: {
      y: {
        field: 'work',
        type: 'nominal',
        sort: works,
        title: null,
        axis: { ticks: false, domain: false, grid: true, labelPadding: 10 },
      },
      x: {
        field: 'value',
        type: 'quantitative',
        scale: { type: 'log', nice: false, domain: [values[0], values.at(-1)], clamp: true },
        axis: { title: axis, values, format: '~g', domain: false },
      },
    },
    layer: [
      {
        mark: { type: 'point', filled: true, size: 110, opacity: 0.95, stroke: '#ffffff', strokeWidth: 0.8 },
        encoding: { color: colour, shape },
        transform: [{ filter: "datum.contestant != 'bare SDK'" }],
      },
      {
        mark: { type: 'tick', thickness: 2.5, size: 20, color: '#24292f' },
        transform: [{ filter: "datum.contestant == 'bare SDK'" }],
      },
    ],
  });
}

const NAMES = { floor: BARE, 'command-bus': 'command bus' };
const nameOf = (contestant) => NAMES[contestant] ?? contestant;

/** Cells whose answer is right and that promise as much as the others; the rest would look better than it is. */
function pointsOf(results, valueOf) {
  const titles = new Map(results.works.map(({ id, title }) => [id, title]));
  return results.cells.flatMap((cell) => {
    const [contestant, value] = [nameOf(cell.contestant), cell.fault === undefined ? valueOf(cell) : undefined];
    return value === undefined || !(LOOKS.has(contestant) || contestant === BARE)
      ? []
      : [{ work: titles.get(cell.work), contestant, value }];
  });
}

function worksOf(results, points) {
  return results.works.map(({ title }) => title).filter((title) => points.some(({ work }) => work === title));
}

/** @returns Texts of SVG files by name. */
export async function drawCharts(results) {
  const { environment } = results;
  const command = `npm run bench · Node ${environment.node.slice(1)} · median of ${results.plan.rounds} interleaved rounds · stroke: bare SDK`;
  const cpu = pointsOf(results, ({ client }) => client?.ratio?.median);
  // A catch-up costs thousands, all of it the scan; it would only make the others small.
  const units = pointsOf(results, ({ wire, work }) =>
    wire === undefined || work === 'catch-up' ? undefined : wire.writeUnits + wire.readUnits,
  );
  return {
    'cpu.svg': await dotPlot({
      points: cpu,
      works: worksOf(results, cpu),
      title: 'Client CPU per operation, bare SDK = 1 (less is better)',
      subtitle: command,
      axis: 'times the CPU of the bare SDK, logarithmic',
      values: [0.25, 0.5, 1, 2, 3, 4, 6, 8, 12],
    }),
    'units.svg': await dotPlot({
      points: units,
      works: worksOf(results, units),
      title: 'Write and read units per operation (less is better)',
      subtitle: 'by DynamoDB’s published rules, from what went over the wire · stroke: bare SDK',
      axis: 'WCU + RCU, logarithmic',
      values: [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    }),
  };
}
