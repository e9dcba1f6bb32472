/**
 * @module functions/page/script
 * Script of the page: makes the picture smaller, asks the service, shows its answer.
 */
export const SCRIPT = `
const find = (id) => document.getElementById(id);
const longestSide = 1024;
const api = location.pathname.replace(/\\/app\\/?$/i, '/');
let photograph;
// Counts what was asked, so that a late answer to an earlier picture isn't shown.
let asked = 0;

async function smaller(file) {
  let bitmap;
  try { bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }); }
  catch { return file; }
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const drawing = canvas.getContext('2d');
  // What shows through transparent pixels: the same as in the service and in training.
  drawing.fillStyle = '#fff';
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob || file), 'image/jpeg', 0.92));
}

function show(answer) {
  const hints = {
    unknown: 'This looks like none of the breeds that I know. My best guesses:',
    ambiguous: 'I can not decide. My best guesses:',
  };
  find('status').textContent = hints[answer.reason] || 'Most likely:';
  find('breeds').replaceChildren(...answer.predictions.map(({ name, species, score }) => {
    const row = document.createElement('li');
    const line = document.createElement('span');
    line.className = 'name';
    const percent = Math.round(score * 100) + ' %';
    line.append(Object.assign(document.createElement('strong'), { textContent: name + ' (' + species + ')' }), percent);
    const bar = Object.assign(document.createElement('progress'), { max: 1, value: score });
    bar.setAttribute('aria-label', name + ', ' + percent);
    row.append(line, bar);
    return row;
  }));
}

async function ask() {
  if (!photograph) return;
  const question = ++asked;
  find('breeds').replaceChildren();
  find('status').textContent = 'Looking…';
  const headers = { 'content-type': photograph.type || 'application/octet-stream' };
  const key = sessionStorage.getItem('key');
  if (key) headers['x-functions-key'] = key;
  let response, answer;
  try {
    response = await fetch(api + 'classify', { method: 'POST', headers, body: photograph });
    answer = await response.json().catch(() => null);
  } catch {
    if (question === asked) find('status').textContent = 'The service can not be reached. Try again in a moment.';
    return;
  }
  if (question !== asked) return;
  if (response.status === 401) {
    find('key-form').hidden = false;
    find('status').textContent = 'This service asks for a key.';
    find('key').focus();
  } else if (response.ok && answer) show(answer);
  else find('status').textContent = (answer && (answer.detail || answer.title)) || 'The service answered ' + response.status + '.';
}

find('file').addEventListener('change', async (event) => {
  const [file] = event.target.files;
  if (!file) return;
  const chosen = ++asked;
  const made = await smaller(file);
  if (chosen !== asked) return;
  photograph = made;
  URL.revokeObjectURL(find('picture').src);
  find('picture').src = URL.createObjectURL(photograph);
  find('picture').hidden = false;
  await ask();
});
find('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('key', find('key').value);
  find('key-form').hidden = true;
  ask();
});
`;
