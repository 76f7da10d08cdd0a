import { BarChart, ChordChart, TreemapChart } from 'echarts/charts';
import { AriaComponent, BrushComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use, type ECharts, type EChartsCoreOption } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { make } from './dom.js';

use([BarChart, ChordChart, TreemapChart, AriaComponent, BrushComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

/** How figures look. */
export interface Look {
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly panel: string;
  readonly series: readonly string[];
  readonly other: string;
  /** Patterns besides colours. */
  readonly patterns: boolean;
}

/** Reads the colours that the style has chosen. */
export function lookOf(patterns: boolean): Look {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: color('text'),
    faint: color('faint'),
    line: color('line'),
    panel: color('panel'),
    series: Array.from({ length: 12 }, (_, index) => color(`series-${index + 1}`)),
    other: color('other'),
    patterns,
  };
}

/** A line of a tooltip: what it is of, and its value. */
export type TipLine = readonly [name: string, value: string];

/** The content of a tooltip, as elements: a string would be read as HTML. */
export function tip(title: string, lines: readonly TipLine[]): HTMLElement {
  const rows = lines.map(([name, value]) => make('tr', {}, make('td', {}, make('bdi', { text: name })), make('td', { class: 'number', text: value })));
  return make('div', { class: 'tip' }, make('strong', {}, make('bdi', { text: title })), make('table', {}, ...rows));
}

/** A chart in an element, which follows the element's size. */
export class Chart {
  readonly element: HTMLElement;
  #chart: ECharts | null = null;
  #waiting: (() => void) | null = null;
  readonly #listeners: [name: string, listen: (event: unknown) => void][] = [];

  constructor(className: string) {
    this.element = make('div', { class: `chart ${className}`, attributes: { role: 'img' } });
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  get width(): number {
    return this.element.clientWidth;
  }

  on(name: string, listen: (event: any) => void): void {
    this.#listeners.push([name, listen]);
  }

  /** Draws. @param label what a screen reader says of it */
  draw(label: string, look: Look, option: EChartsCoreOption, after?: (chart: ECharts) => void): void {
    this.element.setAttribute('aria-label', label);
    this.#waiting = () => {
      this.#chart ??= this.#init();
      const base = {
        animation: false,
        textStyle: { color: look.text, fontFamily: 'inherit' },
        color: [...look.series],
        aria: { enabled: true, label: { enabled: false }, decal: { show: look.patterns } },
      };
      this.#chart.setOption({ ...base, ...option }, { notMerge: true });
      after?.(this.#chart);
    };
    if (this.element.clientWidth > 0) this.#flush();
  }

  resize(): void {
    if (this.#waiting !== null) return this.#flush();
    if (this.element.clientWidth > 0) this.#chart?.resize();
  }

  #flush(): void {
    const draw = this.#waiting;
    this.#waiting = null;
    draw?.();
  }

  #init(): ECharts {
    const chart = init(this.element, null, { renderer: 'canvas' });
    for (const [name, listen] of this.#listeners) chart.on(name, listen);
    return chart;
  }
}

/** How tooltips look. */
export function tooltip(look: Look): Record<string, unknown> {
  return { confine: true, backgroundColor: look.panel, borderColor: look.line, textStyle: { color: look.text, fontSize: 12 } };
}
