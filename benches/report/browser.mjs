// Opens reports in a real browser, offline, and looks for whatever a reader would stumble over: requests, errors, what cannot be reached by
// keyboard, what a screen reader cannot read (axe, WCAG 2.2 AA), what does not fit a telephone. Run by benches/report/run.
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(join(process.cwd(), 'package.json'));
const { chromium } = require('playwright-core');
const axe = require.resolve('axe-core/axe.min.js');

const [pictures, ...reports] = process.argv.slice(2);
mkdirSync(pictures, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] });
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
let failures = 0;

function check(what, holds, more = '') {
  if (!holds) failures++;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}${more === '' ? '' : ': ' + more}`);
}

async function opened(path, options, act) {
  const context = await browser.newContext({ offline: true, ...options });
  const page = await context.newPage();
  const stumbled = [];
  page.on('request', (request) => /^(file|data):/.test(request.url()) || stumbled.push('request ' + request.url()));
  page.on('console', (message) => message.type() === 'error' && stumbled.push('console ' + message.text()));
  page.on('pageerror', (error) => stumbled.push('error ' + error.message));
  await page.goto('file://' + path);
  const result = await act(page);
  await context.close();
  return { result, stumbled };
}

// All ids of rules that something on the page breaks, in the page's own order.
async function violations(page) {
  await page.addScriptTag({ path: axe }).catch(() => page.evaluate(readFileSync(axe, 'utf8')));
  return page.evaluate((tags) => window.axe.run(document, { runOnly: tags }).then((found) =>
    found.violations.map((of) => `${of.id} (${of.nodes.length}: ${of.nodes[0].html.slice(0, 90)})`)), rules);
}

for (const given of reports) {
  const path = resolve(given);
  const name = basename(dirname(path));
  console.log(`${name}: ${statSync(path).size} bytes`);
  for (const [look, options] of Object.entries({
    light: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
    dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
    telephone: { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
    'no-script': { viewport: { width: 1280, height: 900 }, javaScriptEnabled: false },
  })) {
    const { result, stumbled } = await opened(path, { bypassCSP: look !== 'no-script', ...options }, async (page) => {
      const found = look === 'no-script' ? [] : await violations(page);
      const wide = look === 'no-script' ? 0 : await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      await page.screenshot({ path: join(pictures, `${name}-${look}.png`), fullPage: statSync(path).size < 400_000 });
      return { found, wide, text: (await page.textContent('main')).length };
    });
    check(`${name} ${look}: nothing is asked for, nothing fails`, stumbled.length === 0, stumbled.join('; '));
    check(`${name} ${look}: axe finds nothing`, result.found.length === 0, result.found.join('; '));
    check(`${name} ${look}: it fits the screen`, result.wide <= 0, result.wide > 0 ? `${result.wide} pixels too wide` : '');
    check(`${name} ${look}: there is something to read`, result.text > 1000);
  }

  if (!readFileSync(path, 'utf8').includes('id="data"')) continue;

  // As it is served to readers, with the policy in force.
  const { result, stumbled } = await opened(path, { viewport: { width: 1280, height: 900 } }, async (page) => {
    const timing = await page.evaluate(() => performance.getEntriesByType('navigation')[0].domComplete);
    const data = JSON.parse(await page.textContent('#data'));
    const [teacher] = data.teachers.find((row, index) => data.events.some((event) => (event[4] || []).includes(index)));
    const index = data.teachers.findIndex((row) => row[0] === teacher);
    const expected = data.meetings.filter((meeting) => (data.events[meeting[0]][4] || []).includes(index)).length;
    // By keyboard alone: past the skip link and the sections to the finder, a name, enter, enter.
    await page.evaluate(() => document.activeElement.blur());
    let steps = 0;
    do {
      await page.keyboard.press('Tab');
      steps++;
    } while (steps < 60 && !(await page.evaluate(() => document.activeElement.id === 'find')));
    await page.keyboard.type(teacher);
    const began = Date.now();
    await page.waitForFunction((wanted) => [...document.querySelectorAll('.finder li')].some((row) => row.textContent.includes(wanted)), teacher);
    const found = Date.now() - began;
    await page.keyboard.press('Enter');
    await page.waitForFunction((wanted) => document.querySelector('.sheet h3').textContent === wanted, teacher);
    const shown = await page.locator('.sheet .m').count();
    await page.goto('file://' + path + '#room=' + encodeURIComponent(data.rooms.at(-1)[0]));
    const linked = await page.textContent('.sheet h3');
    await page.pdf({ path: join(pictures, `${name}.pdf`), preferCSSPageSize: true });
    return { timing, steps, teacher, expected, shown, found, linked, room: data.rooms.at(-1)[0] };
  });
  check(`${name}: nothing is asked for, nothing fails, by keyboard`, stumbled.length === 0, stumbled.join('; '));
  check(`${name}: the finder is reached by keyboard`, result.steps < 60, `${result.steps} tabs`);
  check(`${name}: ${result.teacher} has all their meetings`, result.shown >= result.expected, `${result.shown} of ${result.expected}`);
  check(`${name}: a link into the page leads to its room`, result.linked === result.room, result.linked);
  console.log(`     complete after ${Math.round(result.timing)} ms, found after ${result.found} ms`);
}
await browser.close();
console.log(failures ? `${failures} failed` : 'all is well');
process.exit(failures ? 1 : 0);
