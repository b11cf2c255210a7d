// Draws a chart from the table in its figure; the table stays, folded below, and speaks for both.
// SVG renderer and richText tooltips only: the others break the content security policy.
import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, LineChart, ScatterChart, GridComponent, TooltipComponent, SVGRenderer]);

const MOST_SERIES = 3;

export function chart(figure) {
  const holder = figure.querySelector('[data-chart-table]');
  const table = holder && holder.querySelector('table');
  if (!table) return;
  const data = read(table);
  if (!data.rows.length) return;
  const canvas = document.createElement('div');
  canvas.className = `portal-chart__canvas${'tall' in figure.dataset ? ' portal-chart__canvas--tall' : ''}`;
  canvas.setAttribute('aria-hidden', 'true');
  holder.before(canvas);
  if (figure.dataset.kind === 'bar') canvas.style.height = `${data.rows.length * 34 + 16}px`;
  foldTable(holder);
  const look = colours();
  const picture = init(canvas, null, { renderer: 'svg' });
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  picture.setOption({
    ...(figure.dataset.kind === 'bar' ? bars(data, look) : lines(data, look, figure.dataset)),
    animation: !still,
    animationDuration: 200,
    aria: { enabled: false },
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: look('ink') },
    tooltip: { renderMode: 'richText', trigger: 'item', confine: true },
  });
  picture.on('click', ({ data: point }) => { if (point && point.url) window.location.assign(point.url); });
  if (window.ResizeObserver) new ResizeObserver(() => picture.resize()).observe(canvas);
}

function foldTable(holder) {
  const details = document.createElement('details');
  const summary = document.createElement('summary');
  summary.textContent = holder.dataset.summary;
  holder.before(details);
  details.append(summary, holder);
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--portal-${name}`).trim();
}

/** Reads columns by role and rows as {role: {value, text, url}}, y, low and high by series. */
function read(table) {
  const columns = [...table.querySelectorAll('thead th[data-role]')].map((head) => ({
    role: head.dataset.role, series: head.dataset.series || '', name: head.textContent.trim(),
  }));
  const rows = [...table.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => {
    const text = cell.textContent.trim();
    const given = cell.dataset.value;
    const value = given === undefined ? Number(text.replace(/[,%\s]/g, '')) : Number(given);
    const link = cell.querySelector('a');
    return { text, value: text === '' && given === undefined ? NaN : value, url: link ? link.href : '' };
  }));
  return { columns, rows };
}

function at(data, role) {
  return data.columns.findIndex((column) => column.role === role);
}

function rowUrl(row) {
  const linked = row.find((cell) => cell.url);
  return linked ? linked.url : '';
}

function bars(data, look) {
  const label = Math.max(0, at(data, 'label'));
  const y = at(data, 'y');
  const rows = [...data.rows].reverse();
  return {
    grid: { left: 8, right: 64, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: 'value', min: 0, show: false },
    yAxis: { type: 'category', data: rows.map((row) => row[label].text), axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: look('ink'), fontSize: 14 } },
    series: [{
      type: 'bar', barMaxWidth: 20, itemStyle: { color: look('chart-1') },
      label: { show: true, position: 'right', color: look('ink'), fontSize: 14, formatter: ({ dataIndex }) => rows[dataIndex][y].text },
      data: rows.map((row) => ({ value: row[y].value, url: rowUrl(row) })),
    }],
  };
}

function lines(data, look, { kind, xLabel }) {
  const x = at(data, 'x');
  const label = at(data, 'label');
  const named = x < 0; // No x column: the rows' labels are the axis.
  const axis = { color: look('ink-2'), fontSize: 14 };
  const value = (row) => (named ? row[label].text : row[x].value);
  const series = [];
  const measured = data.columns.map((column, index) => ({ ...column, index })).filter(({ role }) => role === 'y');
  measured.forEach((column, order) => {
    const colour = order < MOST_SERIES ? look(`chart-${order + 1}`) : look('chart-rest');
    series.push(...band(data, column, colour, value));
    const points = kind === 'points';
    series.push({
      type: points ? 'scatter' : 'line', name: column.series || column.name,
      step: kind === 'step' ? 'end' : false, symbol: points ? 'circle' : order ? 'diamond' : 'circle',
      symbolSize: points ? 11 : kind === 'step' ? 0 : 7, showSymbol: kind !== 'step',
      itemStyle: { color: colour }, lineStyle: { color: colour, width: 2.5, type: order ? 'dashed' : 'solid' },
      endLabel: { show: !points && measured.length > 1, formatter: '{a}', color: colour, fontSize: 14 },
      label: { show: points, position: 'bottom', color: look('chart-2'), fontWeight: 'bold', fontSize: 14, formatter: ({ data: point }) => (point.outside ? point.name : '') },
      data: data.rows.filter((row) => !Number.isNaN(row[column.index].value)).map((row) => {
        const outside = points && isOutside(data, row, row[column.index].value);
        return {
          name: label < 0 ? '' : row[label].text, value: [value(row), row[column.index].value], url: rowUrl(row), outside,
          ...(outside ? { symbol: 'diamond', symbolSize: 17, itemStyle: { color: look('chart-2') } } : {}),
        };
      }),
    });
  });
  data.columns.forEach(({ role, name }, index) => {
    if (role !== 'limit' && role !== 'limit2') return;
    series.push({
      type: 'line', name, silent: true, showSymbol: false, step: named ? 'middle' : false,
      lineStyle: { color: look('chart-limit'), width: 1.2, type: role === 'limit' ? 'dashed' : 'solid' },
      data: sorted(data.rows.map((row) => [value(row), row[index].value]), named),
    });
  });
  const percent = data.rows.some((row) => measured.some(({ index }) => row[index].text.endsWith('%')));
  return {
    grid: { left: 8, right: measured.length > 1 ? 96 : 24, top: 24, bottom: xLabel ? 28 : 8, containLabel: true },
    xAxis: { type: named ? 'category' : 'value', name: xLabel || '', nameLocation: 'middle', nameGap: 28, nameTextStyle: axis, axisLabel: { ...axis, hideOverlap: true }, axisLine: { lineStyle: { color: look('line-strong') } }, splitLine: { show: false }, ...(named ? { data: data.rows.map(value), boundaryGap: false } : { scale: kind === 'points' }) },
    yAxis: { type: 'value', scale: kind !== 'step', ...(percent ? { max: 100 } : {}), axisLabel: { ...axis, formatter: percent ? '{value}%' : '{value}' }, splitLine: { lineStyle: { color: look('chart-grid') } } },
    series,
  };
}

function sorted(points, named) {
  return named ? points : points.filter(([, y]) => !Number.isNaN(y)).sort(([a], [b]) => a - b);
}

function isOutside(data, row, y) {
  const limits = data.columns.map(({ role }, index) => (role === 'limit2' ? row[index].value : NaN)).filter((v) => !Number.isNaN(v));
  return limits.length > 1 && (y < Math.min(...limits) || y > Math.max(...limits));
}

/** The 95 % band: an unseen line at the lower bound and the difference stacked on it. */
function band(data, column, colour, value) {
  const of = (role) => data.columns.findIndex((c) => c.role === role && c.series === column.series);
  const [low, high] = [of('low'), of('high')];
  if (low < 0 || high < 0) return [];
  const common = { type: 'line', stack: `band-${column.index}`, silent: true, showSymbol: false, step: 'end', lineStyle: { opacity: 0 } };
  return [
    { ...common, data: data.rows.map((row) => [value(row), row[low].value]) },
    { ...common, areaStyle: { color: colour, opacity: 0.14 }, data: data.rows.map((row) => [value(row), row[high].value - row[low].value]) },
  ];
}
