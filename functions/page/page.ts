/**
 * @module functions/page/page
 * The page for people: choose, take, drop or paste a photograph, see the likeliest breeds, and say what is wrong.
 */
import { pageAssets } from './assets.ts';

/**
 * The whole page, without any external resource. `nonce` allows its script and style under the policy. What tells
 * something later is there from the beginning: screen readers listen only to what they know.
 */
export function page(nonce: string): string {
  const { script, style } = pageAssets();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Pawprint: which breed is it?</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${style}</style>
</head>
<body>
<header>
<h1>Which breed is it?</h1>
<p>Photographs of cats and dogs, and the breeds that they are likeliest to show.</p>
</header>
<main>
<section class="drop" aria-label="Photographs">
${PAW}
<p id="drop-text">Drop photographs anywhere on this page, up to 16 at once, or paste one.</p>
<div class="buttons">
<label class="button">Choose photographs<input type="file" id="choose" accept="image/*" multiple></label>
<label class="button quiet camera">Take a photograph<input type="file" id="take" accept="image/*" capture="environment"></label>
</div>
<fieldset id="species">
<legend>Look for</legend>
<label><input type="radio" name="species" value="" checked> All breeds</label>
<label><input type="radio" name="species" value="cat"> Cats</label>
<label><input type="radio" name="species" value="dog"> Dogs</label>
</fieldset>
<p class="note">They are made smaller on this device before they are sent, and they are not kept.</p>
</section>
<div class="result">
<img id="picture" alt="The photograph that you chose" hidden>
<div class="side">
<div id="status" role="status" tabindex="-1"></div>
<div class="failure" id="failure"><div role="alert"></div><button type="button" class="button" hidden>Try again</button></div>
<form id="key-form" hidden>
<div class="field">
<label for="key">Key of this service</label>
<input id="key" type="password" autocomplete="off" required aria-describedby="key-hint">
<p class="note" id="key-hint"></p>
</div>
<button type="submit" class="button">Use this key</button>
</form>
<ol id="breeds"></ol>
<p class="note" id="source"></p>
${FEEDBACK}
</div>
</div>
<ol id="pictures" aria-label="Photographs and their breeds"></ol>
</main>
<footer><a id="docs" href="docs">For programs: the API</a></footer>
<script nonce="${nonce}">${script}</script>
</body>
</html>
`;
}

const FEEDBACK = `<div id="feedback" hidden>
<details id="wrong">
<summary>That’s wrong, it is …</summary>
<form id="feedback-form">
<div class="field">
<label for="truth">What it really is</label>
<select id="truth" required><option value="">Choose</option></select>
</div>
<label class="tick"><input type="checkbox" id="consent"> Send the photograph again, to be kept and learned from. It is mine to give.</label>
<button type="submit" class="button" id="send">Send</button>
</form>
</details>
<div id="thanks" tabindex="-1" role="group" aria-label="Feedback"></div>
<div class="failure" id="feedback-failure"><div role="alert"></div><button type="button" class="button" hidden>Try again</button></div>
</div>`;

const PAW = `<svg viewBox="0 0 64 64" aria-hidden="true">
<ellipse cx="12" cy="28" rx="6" ry="8"/><ellipse cx="25" cy="15" rx="6.5" ry="9"/>
<ellipse cx="39" cy="15" rx="6.5" ry="9"/><ellipse cx="52" cy="28" rx="6" ry="8"/>
<path d="M32 30c-9 0-19 12-19 20 0 6 5 8 9 8 4 0 6-2 10-2s6 2 10 2c4 0 9-2 9-8 0-8-10-20-19-20z"/>
</svg>`;
