/**
 * @module functions/page/page
 * The page for people: choose or take a picture, see the three most likely breeds.
 */
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

/** The whole page, without any external resource. `nonce` allows its script and style under the policy. */
export function page(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pawprint: which breed is it?</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main>
<h1>Which breed is it?</h1>
<p>Choose a photograph of a cat or a dog. It is made smaller here, sent to the service, and not kept.</p>
<label class="choose">Choose or take a photograph
<input id="file" type="file" accept="image/jpeg,image/png,image/webp,image/avif,image/gif,image/heic,image/heif"></label>
<form id="key-form" hidden><label>Key of this service <input id="key" type="password" autocomplete="off"></label>
<button type="submit">Use key</button></form>
<img id="picture" alt="The photograph that you chose" hidden>
<p id="status" role="status"></p>
<ol id="breeds"></ol>
</main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`;
}
