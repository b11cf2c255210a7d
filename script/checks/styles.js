// Prints, as JSON, which features of a style sheet the oldest browsers that we serve (package.json,
// "browserslist") do not know or not wholly, each with an example.
import fs from 'node:fs';
import doiuse from 'doiuse';
import postcss from 'postcss';

const { browserslist } = JSON.parse(fs.readFileSync(new URL('../../package.json', import.meta.url)));
const found = {};
const look = doiuse({
  browsers: browserslist,
  onFeatureUsage: ({ feature, usage }) => { found[feature] = found[feature] || String(usage).slice(0, 120); },
});
for (const file of process.argv.slice(2)) await postcss([look]).process(fs.readFileSync(file, 'utf8'), { from: undefined });
console.log(JSON.stringify(found));
