'use strict';
/* What the page carries: numbers and tokens.  Tokens are bytes of a stranger:
   they are only ever set as text. */

function element(id) {
	return document.getElementById(id);
}

function bytesOf(id) {
	const from = element(id);

	if (!from)
		return new Uint8Array(0);
	const text = atob(from.textContent);
	const out = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++)
		out[i] = text.charCodeAt(i);
	return out;
}

const facts = JSON.parse(element('tkinfo').textContent);
const page = facts.page;
const blob = bytesOf('b-tokens');
const ends = readLengths(bytesOf('b-lengths'));
const nTokens = ends.length - 1;

/* ends[id] and ends[id + 1] are where token 'id' begins and ends. */
function readLengths(bytes) {
	const out = [0];
	let length = 0, shift = 0;

	for (const byte of bytes) {
		length += (byte & 127) << shift;
		shift += 7;
		if (byte < 128) {
			out.push(out[out.length - 1] + length);
			length = shift = 0;
		}
	}
	return Uint32Array.from(out);
}

function tokenBytes(id) {
	return blob.subarray(ends[id], ends[id + 1]);
}

/* ---- as people may see them: the rules of tools/common/unicode.c ---- */

const deceptive = [
	[0x80, 0xa0], [0xad, 0xad], [0x34f, 0x34f], [0x61c, 0x61c],
	[0x115f, 0x1160], [0x1680, 0x1680], [0x17b4, 0x17b5],
	[0x180b, 0x180f], [0x2000, 0x200f], [0x2028, 0x202f],
	[0x205f, 0x206f], [0x2800, 0x2800], [0x3000, 0x3000],
	[0x3164, 0x3164], [0xe000, 0xf8ff], [0xfe00, 0xfe0f],
	[0xfeff, 0xfeff], [0xffa0, 0xffa0], [0xfff0, 0xfffb],
	[0x1d173, 0x1d17a], [0xe0000, 0x10ffff],
];
const strict = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

/* Bytes of the character at the start, 0 if it is none. */
function characterLength(bytes, at) {
	const first = bytes[at];
	const n = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 :
		first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;

	if (!n || at + n > bytes.length)
		return 0;
	try {
		strict.decode(bytes.subarray(at, at + n));
		return n;
	} catch (e) {
		return 0;
	}
}

function escaped(bytes) {
	const letters = {10: '\\n', 9: '\\t', 13: '\\r'};

	if (bytes.length === 1 && letters[bytes[0]])
		return letters[bytes[0]];
	return Array.from(bytes, x =>
		'\\x' + x.toString(16).padStart(2, '0')).join('');
}

function character(bytes) {
	const text = strict.decode(bytes);
	const code = text.codePointAt(0);

	if (code < 0x20 || code === 0x7f ||
	    deceptive.some(([from, to]) => code >= from && code <= to))
		return escaped(bytes);
	return text === '"' || text === '\\' ? '\\' + text : text;
}

/* The token quoted and escaped, with "..." behind 'limit' characters. */
function shown(id, limit = 40) {
	const bytes = tokenBytes(id);
	let out = '', at = 0;

	for (let n = 0; at < bytes.length && n < limit; n++) {
		const length = characterLength(bytes, at);
		const end = at + (length || 1);

		out += length ? character(bytes.subarray(at, end)) :
			escaped(bytes.subarray(at, end));
		at = end;
	}
	return '"' + out + (at < bytes.length ? '"...' : '"');
}

/* An element with that text. */
function made(name, text, className) {
	const out = document.createElement(name);

	out.textContent = text;
	if (className)
		out.className = className;
	return out;
}

function tokenElement(id) {
	return made('bdi', shown(id), 't');
}
