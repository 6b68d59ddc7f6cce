/** Draws docs/benchmarks.svg from the figures in docs/benchmarks.json: `npm run bench:draw`. */
import { writeFileSync } from 'node:fs';
import { init } from 'echarts';
import { type Figures, readFigures } from './figures.ts';

const WIDTH = 900;
const HEIGHT = 960;
const TEXT = '#57606a';
const COLORS = ['#2f6f4f', '#63a375', '#b7d3b0'];
const FLOOR_COLOR = '#8a8f98';
/** Readable on a light and on a dark page alike. */
const BACKGROUND = '#ffffff';

function grid(top: number, height: number) {
  return { left: 90, right: 50, top, height };
}

function title(text: string, top: number) {
  return { text, top, left: 10, textStyle: { fontSize: 15, color: '#1f2328', fontWeight: 'bold' as const } };
}

function capacitySeries(capacity: Figures['capacity']) {
  const routes = [...new Set(capacity.map(each => each.route))];
  const variants = [...new Set(capacity.map(each => each.variant))];
  const series = variants.map(variant => ({
    name: variant,
    type: 'bar' as const,
    xAxisIndex: 0,
    yAxisIndex: 0,
    label: {
      show: true,
      position: 'top' as const,
      formatter: ({ value }: { value?: unknown }) => Number(value).toFixed(2),
    },
    data: routes.map(
      route => capacity.find(each => each.route === route && each.variant === variant)?.cpuOverFloor ?? 0,
    ),
  }));
  return { routes, series };
}

export function drawFigures({ capacity, latency, batch, machine }: Figures): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  const { routes, series } = capacitySeries(capacity);
  const quantiles = ['p50', 'p99', 'p999', 'p9999'] as const;
  chart.setOption({
    animation: false,
    backgroundColor: BACKGROUND,
    color: COLORS,
    textStyle: { color: TEXT, fontFamily: 'sans-serif' },
    title: [
      title('CPU of a request, bare node:http = 1', 10),
      title(`Latency at ${latency[0]?.perSecond ?? 0} requests a second, µs (half of saturation, open loop)`, 330),
      title('Million IDs in a second of CPU time', 650),
      { text: machine, left: 'right', bottom: 6, textStyle: { fontSize: 11, color: TEXT, fontWeight: 'normal' } },
    ],
    legend: [
      { data: series.map(each => each.name), top: 36, left: 86, itemGap: 50 },
      { data: latency.map(each => each.server), top: 356, left: 86, itemGap: 50 },
    ],
    grid: [grid(80, 210), grid(400, 210), { ...grid(690, 220), left: 200 }],
    xAxis: [
      { type: 'category', gridIndex: 0, data: routes },
      { type: 'category', gridIndex: 1, data: ['p50', 'p99', 'p99.9', 'p99.99'] },
      { type: 'value', gridIndex: 2 },
    ],
    yAxis: [
      { type: 'value', gridIndex: 0, min: 0 },
      { type: 'log', gridIndex: 1 },
      { type: 'category', gridIndex: 2, data: batch.map(each => each.name), inverse: true },
    ],
    series: [
      ...series,
      ...latency.map((each, i) => ({
        name: each.server,
        itemStyle: { color: i === 0 ? FLOOR_COLOR : COLORS[i - 1]! },
        type: 'bar' as const,
        xAxisIndex: 1,
        yAxisIndex: 1,
        data: quantiles.map(quantile => each[quantile]),
      })),
      {
        type: 'bar' as const,
        xAxisIndex: 2,
        yAxisIndex: 2,
        itemStyle: { color: COLORS[0]! },
        label: { show: true, position: 'right' as const },
        data: batch.map(each => each.millionPerCpuSecond),
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

writeFileSync(new URL('../docs/benchmarks.svg', import.meta.url), drawFigures(readFigures()));
