#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_chromium.sh - chromium without a screen, a dozen processes: scripts,
# frames, drawing and printing.  It brings a malloc of its own: what the
# library has then are only the names that chromium leaves out.
. "$(dirname "$0")/lib.sh"
chromium=
for candidate in chromium chromium-browser google-chrome; do
	command -v $candidate >/dev/null 2>&1 && chromium=$candidate && break
done
[ -n "$chromium" ] || skip 'chromium is not installed'

cat >"$tmp/in/page.html" <<'END_HTML'
<!DOCTYPE html><html><head><title>page</title><style>
div { display: inline-block; border: 1px solid; margin: 1px }
</style></head><body><pre id="out"></pre><canvas id="c" width="300" height="200"></canvas>
<script>
const say = (...x) => { document.getElementById('out').textContent += x.join(' ') + '\n'; };
let state = 7;
const next = () => (state = (state * 16807) % 2147483647);
const list = Array.from({ length: 50000 }, (_, i) => ({ i, name: 'n' + next(), tags: [next() % 7] }));
list.sort((a, b) => a.name < b.name ? -1 : 1);
const text = JSON.stringify(list);
say(text.length, JSON.parse(text).length, text.replace(/(\d)\1/g, '<$1>').length);
for (let i = 0; i < 2000; i++) {
	const div = document.createElement('div');
	div.textContent = 'box ' + i;
	div.style.color = 'hsl(' + i % 360 + ',50%,50%)';
	document.body.appendChild(div);
}
for (const div of [...document.querySelectorAll('div')].filter((d, i) => i % 3))
	div.remove();
say(document.querySelectorAll('div').length, document.body.innerHTML.length);
const draw = document.getElementById('c').getContext('2d');
for (let i = 0; i < 500; i++) {
	draw.fillStyle = 'rgb(' + i % 256 + ',' + i * 7 % 256 + ',99)';
	draw.fillRect(i * 13 % 300, i * 29 % 200, 20, 10);
}
const pixels = draw.getImageData(0, 0, 300, 200).data;
say(pixels.reduce((a, b) => (a * 31 + b) % 1000003, 0));
const answers = [];
window.answer = (text) => { if (answers.push(text) === 4) say(answers.sort().join(' ')); };
for (let n = 1; n <= 4; n++) {
	const frame = document.createElement('iframe');
	frame.srcdoc = '<script>let t = ""; const m = new Map();' +
		'for (let i = 0; i < 20000; i++) m.set("k" + i * ' + n + ' % 7919, [i]);' +
		'for (const [k, v] of m) t += k + v; parent.answer(' + n + ' + ":" + t.length);<\/script>';
	document.body.appendChild(frame);
}
</script></body></html>
END_HTML
# run OPTION...: as root there is no sandbox.  What it says on standard error
# is about the desktop that is not there.
cat >"$tmp/in/run.sh" <<'END_SH'
program=$1
page=$2
shift 2
"$program" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
	--user-data-dir=profile --virtual-time-budget=20000 --hide-scrollbars \
	--no-pdf-header-footer "$@" "file://$page" 2>log
status=$?
grep -i 'memalloc\|segmentation\|received signal\|crashed' log
rm -rf log profile
for file in *.pdf; do
	[ -e "$file" ] || continue
	sed -i '/^\/CreationDate\|^\/ModDate\|^\/ID/d' "$file"
done
exit $status
END_SH
run="$tmp/in/run.sh"
compare 'chromium runs the scripts of a page' 300 \
	sh "$run" "$chromium" "$tmp/in/page.html" --dump-dom
grep -q ' 4:[0-9]' "$tmp/plain.out" || fail 'chromium did not come to its end'
compare 'chromium draws a page' 300 \
	sh "$run" "$chromium" "$tmp/in/page.html" --screenshot=page.png
compare 'chromium prints a page' 300 \
	sh "$run" "$chromium" "$tmp/in/page.html" --print-to-pdf=page.pdf
