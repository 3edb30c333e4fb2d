/* Temperatures, and the start of it all. */

/* p = exp(z / T - ln of the sum over all tokens), which the page has. */
function warm(stop) {
	const temperature = facts.next.temperatures[stop];

	element('temperature').textContent = temperature.toFixed(1);
	document.querySelectorAll('.prompt').forEach((section, i) => {
		const prompt = facts.next.prompts[i];
		const log = prompt.log_normalizers[stop];
		let sum = 0;

		section.querySelectorAll('tbody tr').forEach((row, j) => {
			const p = Math.exp(prompt.logits[j] / temperature -
					   log);

			sum += p;
			row.querySelector('.prob').textContent = p.toFixed(6);
			row.querySelector('.meter span').style.width =
				100 * p + '%';
		});
		section.querySelector('.rest').textContent =
			Math.max(0, 1 - sum).toFixed(6);
	});
}

function describe() {
	const text = (page.components || []).map(c =>
		(100 * c.share).toFixed(1) + ' %').join(' and ');
	const blurred = (page.components || []).some(c => c.error > 0.01);

	if (text)
		element('share').textContent = 'These have ' + text +
			' of the variance.' + (blurred ? ' Other ' +
			'directions have nearly as much: the picture could ' +
			'as well be another.' : '');
	if (page.rows < nPlaced)
		element('share').textContent += ' ' + (nPlaced - page.rows) +
			' rows are not finite and have no place.';
	if (nPlaced)
		return;
	element('nopicture').hidden = false;
	element('nopicture').textContent =
		'There is no matrix in this file: tokens have no place, and ' +
		'only the search is left.';
	document.querySelector('figure').hidden = true;
}

function begin() {
	document.documentElement.classList.add('script');
	describe();
	if (nPlaced) {
		listen();
		lookAtMost();
	}
	element('search').addEventListener('submit', e => e.preventDefault());
	element('query').addEventListener('input', e =>
		search(e.target.value));
	if (facts.next && facts.next.prompts.length)
		element('slider').addEventListener('input', e =>
			warm(+e.target.value));
	else
		element('slider').parentNode.parentNode.hidden = true;
	window.addEventListener('hashchange', followHash);
	followHash();
}

begin();
