'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const { days, slots, rooms, teachers, groups, courses, events, meetings } = data;
  const title = { room: 'Rooms', teacher: 'Teachers', group: 'Groups', curriculum: 'Curricula', course: 'Courses' };
  const group = data.group;
  const kinds = ['room', 'teacher', group, 'course'];
  const whose = { room: rooms, teacher: teachers, [group]: groups, course: courses.map((name) => [name]) };
  const list = { room: [], teacher: [], [group]: [], course: [] };
  for (const kind of kinds) whose[kind].forEach(() => list[kind].push([]));
  for (const meeting of meetings) {
    const event = events[meeting[0]];
    list.room[meeting[4]].push(meeting);
    (event[4] || []).forEach((teacher) => list.teacher[teacher].push(meeting));
    (event[5] || []).forEach((of) => list[group][of].push(meeting));
    list.course[event[1]].push(meeting);
  }
  const name = (kind, index) => whose[kind][index][0];
  const fragment = (kind, index) => '#' + kind + '=' + encodeURIComponent(name(kind, index)).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());
  const plural = (count, word) => count + ' ' + word + (count === 1 ? '' : 's');

  // Everything from the data becomes text, never markup.
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
    made.append(...children.filter((child) => child !== undefined && child !== ''));
    return made;
  }
  const link = (kind, index) => element('a', { href: fragment(kind, index) }, name(kind, index));
  function links(kind, indices) {
    const span = element('span');
    indices.forEach((index, at) => span.append(at ? ', ' : '', link(kind, index)));
    return span;
  }

  function meetingsOf(kind, index) {
    const own = list[kind][index];
    return kind === group ? own.concat(...(groups[index][2] || []).map((above) => list[group][above])) : own;
  }
  function awayOf(kind, index) {
    if (kind === 'room') return rooms[index][2] || [];
    if (kind === 'course') return events.filter((event) => event[1] === index && event[6]).flatMap((event) => event[6]);
    return whose[kind][index][1] || [];
  }
  function block(kind, meeting) {
    const event = events[meeting[0]];
    const several = kind !== 'course' || event[0] !== courses[event[1]];
    const head = kind === 'course' ? element('span', { class: 'e' }, several ? event[0] : 'Class ' + meeting[1]) : element('a', { href: fragment('course', event[1]) }, event[0]);
    return element('div', { class: 'm c' + (event[1] % 8) + (meeting[5] ? ' x' : '') },
      element('b', {}, head),
      kind !== 'room' ? links('room', [meeting[4]]) : undefined,
      kind !== 'teacher' && event[4]?.length ? links('teacher', event[4]) : undefined,
      kind !== group && event[5]?.length ? element('span', {}, event[5].map((of) => name(group, of)).join(', ')) : undefined,
      meeting[5] ? element('em', {}, '⚠ ' + meeting[5]) : undefined);
  }
  // A column of the grid: a meeting spans its periods, unless somebody else is there too.
  function column(day, of) {
    const at = slots.map(() => []);
    const start = slots.map(() => []);
    for (const meeting of of) {
      if (meeting[2] !== day) continue;
      start[meeting[3]].push(meeting);
      for (let slot = meeting[3]; slot < Math.min(slots.length, meeting[3] + events[meeting[0]][2]); slot++) at[slot].push(meeting);
    }
    const alone = at.every((there) => there.length < 2);
    return alone ? { start, spans: true, at } : { start: at, spans: false, at };
  }
  function week(kind, index) {
    const of = meetingsOf(kind, index);
    const away = new Set(awayOf(kind, index));
    const columns = days.map((_, day) => column(day, of));
    const body = element('tbody');
    slots.forEach(([from, to], slot) => {
      const row = element('tr', {}, element('th', { scope: 'row' }, String(slot + 1), from ? element('small', {}, from + '–' + to) : ''));
      days.forEach((_, day) => {
        const { start, spans, at } = columns[day];
        if (spans && at[slot].length && !start[slot].length) return;
        const cell = element('td', {}, ...start[slot].map((meeting) => block(kind, meeting)));
        if (spans && start[slot].length) {
          const length = Math.min(slots.length - slot, events[start[slot][0][0]][2]);
          if (length > 1) cell.rowSpan = length;
        }
        if (away.has(day * slots.length + slot) && !start[slot].length) {
          cell.className = 'away';
          cell.append(element('span', { class: 'vh' }, 'not available'));
        }
        row.append(cell);
      });
      body.append(row);
    });
    return element('table', { class: 'week', style: '--days:' + days.length },
      element('caption', { class: 'vh' }, 'Week of ' + kind + ' ' + name(kind, index)),
      element('colgroup', {}, element('col', { class: 'h' })),
      element('thead', {}, element('tr', {}, element('td', {}), ...days.map((day) => element('th', { scope: 'col' }, day)))), body);
  }
  function note(kind, index) {
    const of = meetingsOf(kind, index);
    const used = of.reduce((sum, meeting) => sum + events[meeting[0]][2], 0);
    const parts = [plural(used, 'period') + ' a week'];
    if (kind === 'room') parts.unshift(plural(rooms[index][1], 'seat'));
    if (kind === 'course') parts.unshift(plural(Math.max(0, ...events.filter((event) => event[1] === index).map((event) => event[3])), 'student'));
    const above = kind === group ? groups[index][2] || [] : [];
    if (above.length) parts.push('with all of ' + above.map((other) => groups[other][0]).join(', '));
    return parts.join(' · ');
  }
  function sheet(kind, index, ...acts) {
    return element('section', { class: 'sheet' },
      element('header', {}, element('h3', { tabindex: -1 }, name(kind, index)), element('small', {}, note(kind, index)), acts.length ? element('span', { class: 'act' }, ...acts) : ''),
      element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Week of ' + name(kind, index) }, week(kind, index)));
  }

  const explorer = document.getElementById('explorer');
  const search = element('input', { type: 'search', id: 'find', placeholder: 'Search', autocomplete: 'off', 'aria-label': 'Search rooms, teachers, groups and courses' });
  const found = element('ul', { 'aria-label': 'Weeks' });
  const told = element('p', { role: 'status', class: 'note' });
  const shown = element('div', { id: 'sheet' });
  const radios = kinds.map((kind) => element('input', { type: 'radio', name: 'kind', value: kind }));
  const choice = element('fieldset', { class: 'kinds' }, element('legend', { class: 'vh' }, 'View by'),
    ...kinds.map((kind, at) => element('label', {}, radios[at], kind[0].toUpperCase() + kind.slice(1))));
  choice.querySelectorAll('label').forEach((label, at) => { if (kinds[at] === 'curriculum') label.lastChild.data = 'Curric.'; });
  explorer.className = 'explorer';
  explorer.append(element('div', { class: 'finder' }, choice, search, told, found), shown);
  explorer.hidden = false;

  const most = 250;
  let current = { kind: 'room', index: 0 };
  const busy = (kind, index) => meetingsOf(kind, index).length;
  function fill() {
    const asked = search.value.trim().toLowerCase();
    const searched = asked ? kinds : [current.kind];
    const rows = [];
    let count = 0;
    for (const kind of searched) {
      whose[kind].forEach((row, index) => {
        if (asked && !row[0].toLowerCase().includes(asked)) return;
        count++;
        if (rows.length >= most) return;
        const is = kind === current.kind && index === current.index;
        rows.push(element('li', {}, element('a', { href: fragment(kind, index), 'aria-current': is ? 'true' : undefined },
          element('span', {}, row[0]), element('small', {}, asked ? kind : String(busy(kind, index))))));
      });
    }
    found.replaceChildren(...rows);
    told.textContent = asked ? plural(count, 'match').replace('matchs', 'matches') : count > most ? 'The first ' + most + ' of ' + count + ': search for the others' : '';
  }
  function show(moved) {
    const { kind, index } = current;
    if (index < 0 || !whose[kind].length) return;
    const one = element('button', { type: 'button' }, 'Print this week');
    const all = element('button', { type: 'button' }, 'Print all ' + title[kind].toLowerCase());
    one.addEventListener('click', () => print('week-only'));
    all.addEventListener('click', () => printAll(kind));
    shown.replaceChildren(sheet(kind, index, one, all));
    radios.forEach((radio) => { radio.checked = radio.value === kind; });
    if (moved) {
      document.getElementById('timetable').scrollIntoView({ block: 'start' });
      shown.querySelector('h3').focus({ preventScroll: true });
    }
  }
  function print(mode) {
    document.body.classList.add(mode);
    addEventListener('afterprint', () => {
      document.body.classList.remove(mode);
      document.getElementById('sheets')?.remove();
    }, { once: true });
    window.print();
  }
  function printAll(kind) {
    const sheets = element('div', { id: 'sheets' });
    whose[kind].forEach((_, index) => { if (busy(kind, index)) sheets.append(sheet(kind, index)); });
    document.body.append(sheets);
    print('all-sheets');
  }
  // `#room=Hall%20A`
  function read() {
    const [, kind, encoded] = /^#(\w+)=(.*)$/.exec(location.hash) || [];
    if (!whose[kind]) return false;
    let wanted = encoded;
    try { wanted = decodeURIComponent(encoded); } catch { /* as it stands */ }
    const index = whose[kind].findIndex((row) => row[0] === wanted);
    if (index < 0) return false;
    current = { kind, index };
    return true;
  }
  addEventListener('hashchange', () => {
    if (read()) { fill(); show(true); }
  });
  search.addEventListener('input', fill);
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') found.querySelector('a')?.click();
    if (event.key === 'Escape') { search.value = ''; fill(); }
  });
  choice.addEventListener('change', (event) => {
    const kind = event.target.value;
    const index = whose[kind].findIndex((_, at) => busy(kind, at));
    current = { kind, index: Math.max(0, index) };
    search.value = '';
    fill();
    show(false);
  });
  if (!read()) current.index = Math.max(0, rooms.findIndex((_, index) => busy('room', index)));
  fill();
  show(false);
  if (/^#\w+=/.test(location.hash)) document.getElementById('timetable').scrollIntoView();
})();
