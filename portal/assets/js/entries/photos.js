// The page of the form with photos.
import { photos } from '../photos.js';
import { start } from '../start.js';

start({ 'portal-photos': photos });
