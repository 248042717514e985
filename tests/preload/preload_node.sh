#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_node.sh - node: objects, buffers, workers, packing, keys, files, a
# server on a unix socket, child processes.
. "$(dirname "$0")/lib.sh"
need node

cat >"$tmp/in/work.js" <<'END_JS'
'use strict';
const crypto = require('crypto'), fs = require('fs'), http = require('http');
const zlib = require('zlib'), child = require('child_process');
const { Worker, isMainThread, parentPort, workerData } =
	require('worker_threads');
const digest = (x) => crypto.createHash('sha256').update(x).digest('hex');

function objects(seed, count) {
	let state = seed;
	const next = () => (state = (state * 16807) % 2147483647);
	const list = [];
	for (let i = 0; i < count; i++)
		list.push({ id: i, name: 'n' + next(), tags: [next() % 7, next() % 11],
			buffer: Buffer.alloc(next() % 500, i) });
	list.sort((a, b) => (a.name < b.name ? -1 : 1));
	const text = JSON.stringify(list);
	return text.length + ' ' + digest(text) + ' ' + JSON.parse(text).length;
}

async function packing() {
	const data = Buffer.from(Array.from({ length: 60000 },
		(_, i) => 'line ' + i * 7919 % 60013).join('\n'));
	for (const [pack, unpack] of [['gzip', 'gunzip'], ['deflate', 'inflate'],
		['brotliCompress', 'brotliDecompress']]) {
		const packed = await Promise.all([1, 2, 3, 4].map((n) =>
			new Promise((ok, no) => zlib[pack](data.subarray(n),
				(error, result) => error ? no(error) : ok(result)))));
		console.log(pack, packed.map((p) => p.length).join(),
			packed.every((p, n) =>
				zlib[unpack + 'Sync'](p).equals(data.subarray(n + 1))));
	}
}

async function keys() {
	const { publicKey, privateKey } =
		crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
	const signature = crypto.sign('sha256', Buffer.from('text'), privateKey);
	console.log(crypto.verify('sha256', Buffer.from('text'), publicKey, signature));
	const derived = await Promise.all([1, 2, 3, 4].map((n) =>
		new Promise((ok, no) => crypto.scrypt('word', 'salt' + n, 64, { N: 4096 },
			(error, key) => error ? no(error) : ok(key.toString('hex'))))));
	console.log(digest(derived.join()));
}

async function serve() {
	const server = http.createServer((request, response) => {
		let size = 0;
		request.on('data', (part) => { size += part.length; });
		request.on('end', () => response.end(request.url + ':' + size + ':' +
			'x'.repeat(size % 5000)));
	});
	await new Promise((ok) => server.listen('./socket', ok));
	const answers = await Promise.all(Array.from({ length: 200 }, (_, i) =>
		new Promise((ok, no) => {
			const request = http.request({ socketPath: './socket',
				path: '/' + i, method: 'POST' }, (response) => {
				let text = '';
				response.on('data', (part) => { text += part; });
				response.on('end', () => ok(text));
			});
			request.on('error', no);
			request.end('y'.repeat(i * 331));
		})));
	console.log(answers.length, digest(answers.join()));
	await new Promise((ok) => server.close(ok));
}

async function main() {
	console.log(objects(7, 20000));
	const results = await Promise.all([1, 2, 3, 4].map((n) =>
		new Promise((ok, no) => {
			const worker = new Worker(__filename, { workerData: n });
			worker.on('message', ok);
			worker.on('error', no);
		})));
	console.log(results.join('\n'));
	await packing();
	await keys();
	await serve();
	for (let i = 0; i < 50; i++)
		fs.writeFileSync('file' + i, 'z'.repeat(i * 1000));
	const files = await Promise.all(fs.readdirSync('.').sort()
		.map((name) => fs.promises.readFile(name)));
	console.log(files.length, digest(Buffer.concat(files)));
	const bytes = new WebAssembly.Memory({ initial: 10, maximum: 100 });
	bytes.grow(50);
	console.log(bytes.buffer.byteLength);
	console.log(child.execFileSync(process.execPath,
		['-e', 'console.log("child".repeat(20000).length)']).toString());
	const module = new (require('vm').Script)('[...Array(5000).keys()].map(String).join()');
	for (let i = 0; i < 20; i++)
		module.runInNewContext();
	console.log('collected', typeof global.gc, global.gc && global.gc() === undefined);
}

if (isMainThread)
	main().catch((error) => { console.log(error); process.exit(9); });
else
	parentPort.postMessage(objects(workerData, 8000));
END_JS
served_by_library node -e 'console.log("x".repeat(100000).length)'
compare 'node: workers, packing, keys, a server, children' 300 \
	node --expose-gc "$tmp/in/work.js"
expected_status_unused=
expected_status=1
normalise '/^Node.js v/d'
compare 'node reports an exception' 60 node -e 'null.field'
