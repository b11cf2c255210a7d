// Pages with charts.
import { chart } from '../chart.js';
import { start } from '../start.js';

start({ 'portal-chart': chart });
