// The form without a network.
import { offlinePage } from '../offline/page.js';
import { start } from '../start.js';

start({ 'portal-offline': offlinePage });
