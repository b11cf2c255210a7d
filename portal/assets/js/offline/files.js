// Photos of the form without a network: kept on the device as soon as they are chosen.
import { burnt, openCover } from '../cover.js';
import { canvasTells, isPicture, prepared, release } from '../picture.js';
import { words } from '../start.js';
import { drawn } from './chance.js';

const MEGABYTE = 1000000;
const LONGEST = 2560; // As on the form with a network.

export class Files {
  constructor(page) {
    this.page = page;
    this.input = page.form.elements.photos;
    this.list = page.part('files');
    this.status = page.part('files-status');
    this.template = page.part('file');
    this.original = page.part('original');
    this.stage = page.part('cover');
    this.tool = page.root.querySelector('[data-photos=cover]');
    this.isCovering = false;
    this.tells = canvasTells();
    page.part('choice').hidden = !this.tells;
    this.ready = Promise.resolve();
    this.input.addEventListener('change', () => {
      const chosen = [...this.input.files];
      // The field is emptied: what was kept stands in the list below it.
      this.input.value = '';
      this.ready = this.ready.then(() => this.add(chosen)).catch(() => {});
    });
  }

  get all() {
    return this.page.draft ? this.page.draft.body.files : [];
  }

  async add(chosen) {
    const { page } = this;
    for (const one of chosen) {
      const file = await this.smaller(one);
      const reason = this.refused(file);
      if (reason) {
        this.say(reason, file);
      } else {
        this.say('keepingFile', file);
        await this.keep(file).then(() => this.say('keptFile', file), () => this.say('fileFailed', file));
      }
      this.show();
    }
    await page.keep();
  }

  /** The photo as it is kept: {blob, name, type, size}, drawn smaller unless that is unwanted or fails. */
  async smaller(file) {
    const whole = { blob: file, name: file.name, type: file.type, size: file.size };
    if (!this.tells || this.original.checked || !isPicture(file)) return whole;
    try {
      const { blob, preview } = await prepared(file, { longest: LONGEST, preview: 1 });
      release(preview);
      return blob === file ? whole : { blob, name: `${file.name.replace(/\.[^.]*$/, '')}.jpg`, type: blob.type, size: blob.size };
    } catch {
      return whole;
    }
  }

  async keep(file) {
    const { page } = this;
    if (!page.draft) await page.keep('draft', { evenEmpty: true });
    const key = drawn();
    await page.box.addFile(page.draft.id, key, file.blob);
    page.draft.body.files.push({ key, name: file.name, type: file.type, size: file.size });
    await page.keep();
  }

  refused(file) {
    const { mostFiles, mostMb, mostMbInAll } = this.page.root.dataset;
    const sum = this.all.reduce((total, one) => total + one.size, file.size);
    if (!file.size) return 'empty';
    if (this.all.length >= Number(mostFiles)) return 'tooMany';
    return file.size > mostMb * MEGABYTE || sum > mostMbInAll * MEGABYTE ? 'tooLarge' : '';
  }

  say(name, file) {
    this.status.textContent = words(this.page.words[name], { name: file.name });
  }

  show() {
    this.list.textContent = '';
    if (!this.page.draft) this.covered();
    for (const file of this.all) {
      const row = this.template.content.cloneNode(true).firstElementChild;
      row.querySelector('[data-file-name]').textContent = file.name;
      row.querySelector('[data-file-size]').textContent = `${(file.size / MEGABYTE).toFixed(1)} MB`;
      row.querySelectorAll('[data-file-for]').forEach((name) => { name.textContent = ` ${file.name}`; });
      row.querySelector('[data-file-remove]').addEventListener('click', () => this.remove(file));
      const cover = row.querySelector('[data-file-cover]');
      cover.hidden = !this.tells || !isPicture(file) || this.isCovering;
      cover.addEventListener('click', () => this.cover(file));
      this.list.append(row);
    }
  }

  /** Opens a photo to cover parts of it; until that is over nothing is sent. */
  async cover(file) {
    const { page } = this;
    this.isCovering = true;
    this.show();
    this.status.textContent = '';
    const over = () => {
      this.isCovering = false;
      this.show();
      this.input.focus();
    };
    try {
      const photo = new Blob([await page.box.file(page.draft.id, file.key)], { type: file.type });
      await openCover({
        photo, covers: [], name: file.name, template: this.tool, place: this.stage, left: over,
        say: (key) => ({ cover_at: page.words.coverAt, covers: page.words.covers, not_covered: page.words.notCovered })[key],
        done: async (covers) => {
          if (covers.length) await this.replace(file, photo, covers);
          over();
        },
      });
    } catch {
      this.covered();
      over();
      this.status.textContent = page.words.notCovered;
    }
  }

  covered() {
    this.isCovering = false;
    this.stage.textContent = '';
  }

  /** Keeps the covered photo in the place of the other one, which is dropped. */
  async replace(file, photo, covers) {
    const { page } = this;
    const { blob, preview } = await burnt(photo, covers, { longest: this.original.checked ? 0 : LONGEST, preview: 1 });
    release(preview);
    const key = drawn();
    await page.box.addFile(page.draft.id, key, blob);
    const name = `${file.name.replace(/\.[^.]*$/, '')}.jpg`;
    page.draft.body.files = this.all.map((one) => (one.key === file.key ? { key, name, type: blob.type, size: blob.size } : one));
    await page.keep();
    await page.box.removeFile(page.draft.id, file.key);
    this.status.textContent = words(page.words.covers, { covers: covers.length });
  }

  async remove(file) {
    const { page } = this;
    page.draft.body.files = this.all.filter((one) => one.key !== file.key);
    await page.keep();
    await page.box.removeFile(page.draft.id, file.key);
    this.status.textContent = '';
    this.show();
    this.input.focus();
  }
}
