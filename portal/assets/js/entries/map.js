// Pages with a map.
import { map } from '../map.js';
import { start } from '../start.js';

start({ 'portal-map': map });
