// The service worker of inspecting without a network: opens the page, which holds nothing of anybody.
/* global SHELL */
import { CACHE, HOME } from '../inspecting/names.js';
import { serve } from '../offline/shell.js';

// The page is given to who is signed in; it reads the same for all of them.
serve(SHELL, { cache: CACHE, home: HOME, credentials: 'same-origin' });
