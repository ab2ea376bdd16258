/** How the cost of a lookup grows with the number of clients. */
import { chartOf } from './chart.js';
import type { MeasuredRun } from './run-measured.js';

export function plotOf(outcomes: readonly MeasuredRun['outcome'][]): string {
  const sizes = [...new Set(outcomes.map(({ nodes }) => nodes))].sort((a, b) => a - b);
  const meanOf = (nodes: number, of: (outcome: MeasuredRun['outcome']) => number): number => {
    const values = outcomes.filter((outcome) => outcome.nodes === nodes).map(of);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return `${chartOf({
    title: 'Messages per lookup against nodes',
    x: { label: 'nodes', isLogarithmic: true, write: (value) => value.toLocaleString('en') },
    y: { label: 'messages', from: 0 },
    series: [
      {
        name: 'mean',
        points: sizes.map((nodes) => [nodes, meanOf(nodes, (each) => each.messagesPerLookup.mean)]),
      },
      {
        name: 'p50',
        points: sizes.map((nodes) => [nodes, meanOf(nodes, (each) => each.messagesPerLookup.p50)]),
      },
      {
        name: 'p95',
        points: sizes.map((nodes) => [nodes, meanOf(nodes, (each) => each.messagesPerLookup.p95)]),
      },
    ],
  })}\n`;
}
