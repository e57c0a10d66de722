/** Draws the charts of `npm run bench:scale` and `npm run bench:cold-start` as SVG. */
import { svgOf } from './charts.mjs';

const COLOURS = ['#0a5fd1', '#2ea3ff', '#d1480a', '#8a3ffc', '#24292f', '#e0a100'];

/** @param points `{ x, y, series }`; both axes are logarithmic. */
function curves({ points, title, subtitle, x, y, series }) {
  return svgOf({
    title: { text: title, subtitle },
    width: 520,
    height: 260,
    padding: 16,
    data: { values: points },
    mark: { type: 'line', point: { filled: true, size: 70 }, strokeWidth: 2 },
    encoding: {
      x: { field: 'x', type: 'quantitative', scale: { type: 'log' }, axis: axisOf(points, 'x', x) },
      y: { field: 'y', type: 'quantitative', scale: { type: 'log' }, axis: { title: y, format: '~s', tickCount: 6 } },
      color: { field: 'series', type: 'nominal', sort: series, scale: { domain: series, range: COLOURS }, legend: {} },
      strokeDash: { field: 'series', type: 'nominal', sort: series, legend: null },
    },
  });
}

/** Marks only at what was measured. */
function axisOf(points, field, title) {
  const values = [...new Set(points.map((point) => point[field]))].sort((a, b) => a - b);
  return { title, values, format: ',' };
}

/** @param bars `{ name, value }`, drawn in their order. */
function barChart({ bars, title, subtitle, axis }) {
  return svgOf({
    title: { text: title, subtitle },
    width: 460,
    height: 30 * bars.length,
    padding: 16,
    data: { values: bars },
    mark: { type: 'bar', color: COLOURS[0], height: 18 },
    encoding: {
      y: {
        field: 'name',
        type: 'nominal',
        sort: bars.map(({ name }) => name),
        title: null,
        axis: { ticks: false, labelLimit: 320 },
      },
      x: { field: 'value', type: 'quantitative', axis: { title: axis } },
    },
  });
}

const subtitleOf = (command, { environment }) => `${command} · Node ${environment.node.slice(1)}`;

const LENGTH_SERIES = ['load', 'load, snapshots every 100', 'append'];
const lengthSeries = ({ verb, by }) => LENGTH_SERIES[verb === 'append' ? 2 : by === 'snapshots' ? 1 : 0];

function sizeSeries({ verb, by, size }) {
  return `${verb === 'append' ? 'append 1' : 'load 10'}, ${by === 'bare' ? 'bare SDK' : size.text}`;
}

/** @returns Texts of SVG files by name. */
export async function drawScaleCharts(results) {
  const subtitle = subtitleOf('npm run bench:scale', results);
  const { lengths, sizes, hot, projections, memory, plan } = results;
  // The bare SDK does not compress, so its two texts are one.
  const shown = sizes.filter(({ case: { by, size } }) => by !== 'bare' || size.text === 'words');
  return {
    'scale-length.svg': await curves({
      title: 'Client CPU as a stream grows',
      subtitle,
      x: 'events in the stream, commits of 1, 300 bytes',
      y: 'µs of CPU',
      series: LENGTH_SERIES,
      points: lengths.map(({ case: each, cpuMicroseconds: y }) => ({ x: each.length, y, series: lengthSeries(each) })),
    }),
    'scale-length-units.svg': await curves({
      title: 'Units as a stream grows',
      subtitle: 'by DynamoDB’s published rules',
      x: 'events in the stream, commits of 1, 300 bytes',
      y: 'RCU of a load, WCU of an append',
      series: LENGTH_SERIES,
      points: lengths.map(({ case: each, wire }) => ({
        x: each.length,
        y: wire.readUnits + wire.writeUnits,
        series: lengthSeries(each),
      })),
    }),
    'scale-size.svg': await curves({
      title: 'Client CPU as events grow',
      subtitle,
      x: 'bytes of an event',
      y: 'µs of CPU',
      series: [
        'append 1, words',
        'append 1, random',
        'append 1, bare SDK',
        'load 10, words',
        'load 10, random',
        'load 10, bare SDK',
      ],
      points: shown.map(({ case: each, cpuMicroseconds: y }) => ({ x: each.size.bytes, y, series: sizeSeries(each) })),
    }),
    'scale-hot.svg': await curves({
      title: 'A warm update, round-robin over as many aggregates in the cache',
      subtitle,
      x: 'aggregates',
      y: 'µs of CPU',
      series: ['update'],
      points: hot.points.map(({ case: each, cpuMicroseconds: y }) => ({ x: each.aggregates, y, series: 'update' })),
    }),
    'scale-projections.svg': await curves({
      title: 'Building projections',
      subtitle,
      x: 'projections',
      y: 'µs of CPU per event and projection',
      series: ['build'],
      points: projections.builds.map(({ case: each, cpuMicroseconds }) => ({
        x: each.projections,
        y: cpuMicroseconds / plan.builtEvents / each.projections,
        series: 'build',
      })),
    }),
    'scale-memory.svg': await barChart({
      title: `Heap while ${memory[0]?.events.toLocaleString('en')} events of 300 bytes are read`,
      subtitle: `${subtitle} · above what it was before, after young collections`,
      axis: 'MB',
      bars: memory.map(({ way, young }) => ({ name: way, value: young / 1e6 })),
    }),
  };
}

/** @returns Texts of SVG files by name. */
export async function drawColdStartCharts(results) {
  return {
    'cold-start.svg': await barChart({
      title: 'A new process, until it is ready and until its first append is answered',
      subtitle: `${subtitleOf('npm run bench:cold-start', results)} · median of ${results.runs} processes, null engine`,
      axis: 'ms of CPU',
      bars: results.starts.map(({ title, cpuMs }) => ({ name: title, value: cpuMs.median })),
    }),
  };
}
