// Every page: GOV.UK's behaviours in use and our own small ones. All optional.
import { Button, CharacterCount, ErrorSummary, PasswordInput, Radios, Checkboxes, SkipLink, createAll } from 'govuk-frontend';
import { copyCode } from '../copy-code.js';
import { draft } from '../draft.js';
import { find } from '../find.js';
import { fold } from '../fold.js';
import { leave } from '../leave.js';
import { notice } from '../notice.js';
import { door } from '../offline/door.js';
import { openForPrint, printButton } from '../print.js';
import { sendWhenClean } from '../send-when-clean.js';
import { photosDoor } from '../photos-door.js';
import { start } from '../start.js';

for (const component of [Button, CharacterCount, Checkboxes, ErrorSummary, PasswordInput, Radios, SkipLink]) {
  createAll(component);
}
start({
  'portal-copy': copyCode,
  'portal-draft': draft,
  'portal-find': find,
  'portal-fold': fold,
  'portal-leave': leave,
  'portal-notice': notice,
  'portal-offline-door': door,
  'portal-photos-door': photosDoor,
  'portal-print': printButton,
  'portal-send-when-clean': sendWhenClean,
});
openForPrint();
