/* Neighbours: exact for some words, from a projection for the others. */

const nearestBytes = bytesOf('b-nearest');
const projection = new Int8Array(bytesOf('b-projection').buffer);
const nPlaced = page.tokens || 0;
const PER_WORD = 10;
const RECORD = 3 + 5 * PER_WORD;

function id24(bytes, at) {
	return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16;
}

const exactAt = new Map();
for (let at = 0; at < nearestBytes.length; at += RECORD)
	exactAt.set(id24(nearestBytes, at), at + 3);

function exactNeighbours(id) {
	const out = [];

	for (let i = 0; i < PER_WORD; i++) {
		const at = exactAt.get(id) + 5 * i;
		const near = id24(nearestBytes, at);
		const key = nearestBytes[at + 3] | nearestBytes[at + 4] << 8;

		if (near !== 0xffffff)
			out.push({id: near,
				  key: (key << 16 >> 16) / 32767});
	}
	return out;
}

function aboutNeighbours(id) {
	const weights = page.steps.map(x => x * x);
	const n = weights.length, from = id * n;
	const best = [];
	let own = 0;

	for (let k = 0; k < n; k++)
		own += weights[k] * projection[from + k] ** 2;
	for (let other = 0; other < nPlaced && own > 0; other++) {
		let ab = 0, bb = 0;

		for (let k = 0; k < n; k++) {
			const b = projection[other * n + k];

			ab += weights[k] * projection[from + k] * b;
			bb += weights[k] * b * b;
		}
		const key = ab / Math.sqrt(own * bb);
		if (other === id || !(bb > 0) ||
		    (best.length === PER_WORD && key <= best[PER_WORD - 1].key))
			continue;
		let at = best.length;
		while (at && best[at - 1].key < key)
			at--;
		best.splice(at, 0, {id: other, key});
		best.length = Math.min(best.length, PER_WORD);
	}
	return best;
}

function neighbours(id) {
	if (exactAt.has(id))
		return {kind: 'exact', list: exactNeighbours(id)};
	if (page.steps && id < nPlaced)
		return {kind: 'about', list: aboutNeighbours(id)};
	return {kind: 'none', list: []};
}

function explain(found) {
	if (found.kind === 'exact')
		return 'exact: cosine of the rows of ' + page.matrix;
	if (found.kind === 'about')
		return 'approximate: cosine in a projection to ' +
			page.steps.length + ' directions of 8 bits. Of the ' +
			'nearest ten of a word it finds ' +
			(10 * page.right / (page.asked || 1)).toFixed(1) +
			' (measured on this file); tkvec FILE near is exact.';
	return '';
}

function neighbourTable(found) {
	const table = document.createElement('table');
	const body = table.createTBody();

	table.id = 'neighbours';
	table.dataset.kind = found.kind;
	for (const {id, key} of found.list) {
		const row = body.insertRow();
		const link = made('a', '');

		link.href = '#token=' + id;
		link.append(tokenElement(id));
		row.dataset.id = id;
		row.insertCell().append(link);
		row.insertCell().append(
			made('span', (found.kind === 'exact' ? '' : '≈ ') +
			     key.toFixed(3), 'n'));
	}
	return table;
}

function showChosen(id) {
	const found = neighbours(id);
	const head = made('h3', '');

	head.append(tokenElement(id), ' id ' + id);
	element('chosen').replaceChildren(head);
	if (found.list.length)
		element('chosen').append(
			made('p', 'Nearest tokens, ' + explain(found), 'small'),
			neighbourTable(found));
	else
		element('chosen').append(
			made('p', id >= nPlaced ? 'This token has no row.' :
			     'Its neighbours are not on this page; or its ' +
			     'row has no direction: it is zero, or not finite.',
			     'small'));
}
