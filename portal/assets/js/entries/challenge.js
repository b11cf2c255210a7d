// Pages that ask before sending, above a rate.
import { challenge } from '../challenge.js';
import { start } from '../start.js';

start({ 'portal-challenge': challenge });
