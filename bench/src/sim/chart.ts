/** Line charts as SVG text: axes, a legend, and nothing that has to be loaded. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface ChartInit {
  readonly title: string;
  readonly x: AxisInit;
  readonly y: AxisInit;
  readonly series: readonly Series[];
}

export interface AxisInit {
  readonly label: string;
  readonly from?: number;
  readonly to?: number;
  readonly isLogarithmic?: boolean;
  readonly write?: (value: number) => string;
}

interface Axis {
  /** 0 <= it <= 1 */
  place(value: number): number;
  readonly ticks: readonly number[];
}

const width = 640;
const height = 320;
const margin = { left: 76, right: 32, top: 36, bottom: 72 };
/** Told apart by people who see colours otherwise (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

export function chartOf({ title, x, y, series }: ChartInit): string {
  const points = series.flatMap((each) => each.points);
  const across = axisOf(
    x,
    points.map(([value]) => value),
  );
  const up = axisOf(
    y,
    points.map(([, value]) => value),
  );
  const [right, bottom] = [width - margin.right, height - margin.bottom];
  const xAt = (value: number): string =>
    (margin.left + across.place(value) * (right - margin.left)).toFixed(1);
  const yAt = (value: number): string => (bottom - up.place(value) * (bottom - margin.top)).toFixed(1);
  const parts = [
    `<text class="title" x="${margin.left}" y="20">${escaped(title)}</text>`,
    ...across.ticks.map(
      (tick) =>
        `<line class="grid" x1="${xAt(tick)}" x2="${xAt(tick)}" y1="${margin.top}" y2="${bottom}"/>` +
        `<text x="${xAt(tick)}" y="${bottom + 16}" text-anchor="middle">${(x.write ?? written)(tick)}</text>`,
    ),
    ...up.ticks.map(
      (tick) =>
        `<line class="grid" x1="${margin.left}" x2="${right}" y1="${yAt(tick)}" y2="${yAt(tick)}"/>` +
        `<text x="${margin.left - 6}" y="${yAt(tick)}" dy="4" text-anchor="end">${(y.write ?? written)(tick)}</text>`,
    ),
    `<text x="${(margin.left + right) / 2}" y="${bottom + 36}" text-anchor="middle">${escaped(x.label)}</text>`,
    `<text transform="translate(14 ${(margin.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
    ...series.map(({ points }, index) => {
      const colour = colours[index % colours.length];
      const line = points.map(([a, b]) => `${xAt(a)},${yAt(b)}`).join(' ');
      const dots =
        points.length > 40
          ? ''
          : points.map(([a, b]) => `<circle cx="${xAt(a)}" cy="${yAt(b)}" r="3" fill="${colour}"/>`).join('');
      return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${line}"/>${dots}`;
    }),
    ...series.map(({ name }, index) => {
      const left = margin.left + index * 110;
      return (
        `<rect x="${left}" y="${height - 22}" width="12" height="12" fill="${colours[index % colours.length]}"/>` +
        `<text x="${left + 17}" y="${height - 12}">${escaped(name)}</text>`
      );
    }),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}" ` +
    `font-family="system-ui, sans-serif" font-size="12">${style}${parts.join('\n')}</svg>`
  );
}

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const style = `<style>svg { background: #fff } text { fill: #222 } .title { font-size: 14px; font-weight: 600 } .grid { stroke: #ddd }</style>`;

function axisOf({ from, to, isLogarithmic = false }: AxisInit, values: readonly number[]): Axis {
  const low = from ?? values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = to ?? values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return { place: () => 0, ticks: [] };
  const scale = isLogarithmic
    ? (value: number) => Math.log10(Math.max(value, 1e-9))
    : (value: number) => value;
  const span = scale(high) - scale(low) || 1;
  return {
    place: (value) => Math.min(1, Math.max(0, (scale(value) - scale(low)) / span)),
    ticks: isLogarithmic ? decades(low, high) : steps(low, high),
  };
}

function steps(low: number, high: number): number[] {
  const rough = (high - low || 1) / 5;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * decade).find((each) => each >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from(
    { length: Math.floor(high / step + 1e-9) - first + 1 },
    (_, index) => (first + index) * step,
  );
}

function decades(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (
    let tick = 10 ** Math.ceil(Math.log10(Math.max(low, 1e-9)) - 1e-9);
    tick <= high * 1.0001;
    tick *= 10
  ) {
    ticks.push(tick);
  }
  return ticks;
}

const written = (value: number): string => String(Math.round(value * 1_000) / 1_000);
