/* Search by bytes, so that no token is hidden from it. */

const MOST_HITS = 100;

function folded(bytes) {
	return bytes.map(x => x >= 65 && x <= 90 ? x + 32 : x);
}

/* Lower is better: the token itself, with a space, the start of it, a part. */
function rankOf(id, query, lower) {
	const token = tokenBytes(id), from = token[0] === 32 ? 1 : 0;
	const same = (a, b) => a.length === b.length &&
		a.every((x, i) => x === b[i]);
	const rest = token.subarray(from);

	if (same(token, query))
		return 0;
	if (same(rest, query))
		return 1;
	if (same(folded(rest), lower))
		return 2;
	return same(folded(rest).subarray(0, lower.length), lower) ? 3 : 4;
}

function holds(bytes, at, end, part) {
	for (let from = at; from + part.length <= end; from++) {
		let i = 0;

		while (i < part.length && bytes[from + i] === part[i])
			i++;
		if (i === part.length)
			return true;
	}
	return false;
}

let foldedBlob = null;

function find(text) {
	const id = /^id:(\d+)$/.exec(text);
	const query = new TextEncoder().encode(text), lower = folded(query);
	const out = [];

	if (id)
		return +id[1] < nTokens ? [+id[1]] : [];
	if (!query.length)
		return [];
	foldedBlob = foldedBlob || folded(blob);
	for (let i = 0; i < nTokens; i++)
		if (holds(foldedBlob, ends[i], ends[i + 1], lower))
			out.push([rankOf(i, query, lower), i]);
	out.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
	return out.map(x => x[1]);
}

function showHits(ids, text) {
	const list = ids.slice(0, MOST_HITS).map(id => {
		const item = document.createElement('li');
		const button = made('button', '');

		button.type = 'button';
		button.append(tokenElement(id), ' ' + id);
		button.addEventListener('click', () => {
			location.hash = 'token=' + id;
		});
		item.dataset.id = id;
		item.append(button);
		return item;
	});

	element('hits').replaceChildren(...list);
	element('found').textContent = !text ? '' :
		ids.length === 1 ? '1 token' : ids.length + ' tokens' +
		(ids.length > MOST_HITS ? ', the first ' + MOST_HITS +
		 ' of them below' : '');
	picture.hits = ids.slice(0, MOST_HITS);
	redraw();
}

function choose(id) {
	picture.chosen = id;
	showChosen(id);
	show(id);
	redraw();
}

function search(text) {
	const ids = find(text);

	showHits(ids, text);
	if (ids.length)
		choose(ids[0]);
}

/* What is no text behind a % is left as it is. */
function unescaped(text) {
	try {
		return decodeURIComponent(text);
	} catch (e) {
		return text;
	}
}

/* #token=ID and #q=TEXT: a link to what is looked at. */
function followHash() {
	const [, key, value] =
		/^#(token|q)=(.*)$/.exec(location.hash) || [];

	if (key === 'token' && +value < nTokens)
		choose(+value);
	if (key === 'q') {
		element('query').value = unescaped(value);
		search(element('query').value);
	}
}
