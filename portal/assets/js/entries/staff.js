// Staff pages: keys, rows and bulk bar, who else is here.
import { keptDoor } from '../inspecting/door.js';
import { keys } from '../keys.js';
import { presence } from '../presence.js';
import { bulk } from '../rows.js';
import { session } from '../session.js';
import { start } from '../start.js';

keys();
start({ 'portal-bulk': bulk, 'portal-kept': keptDoor, 'portal-presence': presence, 'portal-session': session });
