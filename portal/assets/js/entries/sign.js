// The page that records an inspection.
import { sign } from '../sign.js';
import { start } from '../start.js';

start({ 'portal-sign': sign });
