// The service worker of inspecting without a network: opens the page, which holds nothing of anybody.
// Whose page it is, that of inspectors or of units, the portal writes above it (`SHELL`).
/* global SHELL */
import { serve } from '../offline/shell.js';

// The page is given to who is signed in; it reads the same for all of them.
serve(SHELL, { cache: SHELL.cache, home: SHELL.home, credentials: 'same-origin' });
