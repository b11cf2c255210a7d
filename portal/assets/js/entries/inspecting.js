// Inspecting without a network.
import { inspecting } from '../inspecting/page.js';
import { start } from '../start.js';

start({ 'portal-inspecting': inspecting });
