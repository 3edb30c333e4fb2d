/* All tokens as points of a canvas. */

const NO_PLACE = 65535;
const places = new Uint16Array(bytesOf('b-places').buffer);
const canvas = element('scatter');
const view = {x: 0, y: 0, w: 65534, h: 65534}; /* what is seen, in places */
const picture = {chosen: -1, hits: [], hover: -1, pending: false};

function isPlaced(id) {
	return id < nPlaced && places[2 * id] !== NO_PLACE;
}

/* From places to the canvas: x * sx + dx, and y, which grows upward, alike.
   The size of the canvas is asked for once, not for each token. */
function scales() {
	const wide = canvas.clientWidth, high = canvas.clientHeight;
	const sx = wide / view.w, sy = -high / view.h;

	return {wide, high, sx, sy, dx: -view.x * sx,
		dy: high - view.y * sy};
}

function toScreen(id) {
	const {sx, sy, dx, dy} = scales();

	return [places[2 * id] * sx + dx, places[2 * id + 1] * sy + dy];
}

function look(box) {
	Object.assign(view, box);
	redraw();
}

function quantiles(axis) {
	const sorted = [];

	for (let id = 0; id < nPlaced; id++)
		if (isPlaced(id))
			sorted.push(places[2 * id + axis]);
	sorted.sort((a, b) => a - b);
	return [0.003, 0.997].map(q =>
		sorted[Math.floor(q * (sorted.length - 1))] || 0);
}

/* A few tokens far out would leave all others in one spot. */
function lookAtMost() {
	if (nPlaced < 1000)
		return lookAtAll();
	const [x, y] = [0, 1].map(axis => {
		const [low, high] = quantiles(axis);
		const margin = (high - low) * 0.06 + 200;

		return [low - margin, high - low + 2 * margin];
	});

	look({x: x[0], w: x[1], y: y[0], h: y[1]});
}

function lookAtAll() {
	look({x: -1500, y: -1500, w: 68534, h: 68534});
}

/* Closer by 'factor' around the point (sx, sy) of the canvas. */
function zoom(factor, sx = canvas.clientWidth / 2,
	      sy = canvas.clientHeight / 2) {
	const w = Math.min(view.w / factor, 300000);
	const h = Math.min(view.h / factor, 300000);

	if (w < 20 || h < 20)
		return;
	look({x: view.x + (view.w - w) * sx / canvas.clientWidth, w,
	      y: view.y + (view.h - h) * (1 - sy / canvas.clientHeight), h});
}

function ring(context, id, radius) {
	const [x, y] = toScreen(id);

	context.beginPath();
	context.arc(x, y, radius, 0, 7);
	context.stroke();
}

function drawPoints(context, style) {
	const {wide, high, sx, sy, dx, dy} = scales();
	let outside = 0;

	context.fillStyle = style.getPropertyValue('--ink');
	context.globalAlpha = nPlaced > 20000 ? 0.35 : 0.6;
	const size = nPlaced > 5000 ? 1.5 : nPlaced > 500 ? 3 : 6;
	for (let id = 0; id < nPlaced; id++) {
		if (!isPlaced(id))
			continue;
		const x = places[2 * id] * sx + dx;
		const y = places[2 * id + 1] * sy + dy;

		if (x < 0 || y < 0 || x > wide || y > high)
			outside++;
		else
			context.fillRect(x - size / 2, y - size / 2, size,
					 size);
	}
	context.globalAlpha = 1;
	return outside;
}

/* Pointing at a token does not draw all others anew. */
const layer = {canvas: document.createElement('canvas'), of: '', outside: 0};

function layPoints(style, ratio) {
	const of = [view.x, view.y, view.w, view.h, canvas.width,
		    canvas.height, style.getPropertyValue('--ink')].join();
	const context = layer.canvas.getContext('2d');

	if (of === layer.of)
		return layer.outside;
	layer.of = of;
	layer.canvas.width = canvas.width;
	layer.canvas.height = canvas.height;
	context.scale(ratio, ratio);
	layer.outside = drawPoints(context, style);
	return layer.outside;
}

/* Names, so that a ring is not told by its colour. */
function drawNames(context, style) {
	const named = [picture.chosen, picture.hover].filter(
		id => id >= 0 && isPlaced(id));

	context.font = '13px ui-monospace, monospace';
	for (const id of new Set(named)) {
		const [x, y] = toScreen(id), name = shown(id, 24);
		const wide = context.measureText(name).width;
		const left = Math.min(Math.max(4, x + 8),
				      canvas.clientWidth - wide - 8);
		const top = Math.max(16, y - 8);

		ring(context, id, 6);
		context.fillStyle = style.getPropertyValue('--paper');
		context.fillRect(left - 3, top - 13, wide + 6, 18);
		context.fillStyle = style.getPropertyValue('--ink');
		context.fillText(name, left, top);
	}
}

function draw() {
	const style = getComputedStyle(document.documentElement);
	const ratio = window.devicePixelRatio || 1;
	const context = canvas.getContext('2d');

	picture.pending = false;
	canvas.width = canvas.clientWidth * ratio;
	canvas.height = canvas.clientHeight * ratio;
	if (!canvas.width || !canvas.height)
		return;
	const outside = layPoints(style, ratio);
	context.drawImage(layer.canvas, 0, 0);
	context.scale(ratio, ratio);
	context.strokeStyle = style.getPropertyValue('--mark');
	context.lineWidth = 2;
	for (const id of picture.hits)
		if (isPlaced(id))
			ring(context, id, 4);
	drawNames(context, style);
	canvas.dataset.outside = outside;
	if (picture.hover < 0)
		element('hint').textContent = outside ?
			outside + (outside === 1 ? ' token is' :
				   ' tokens are') +
			' outside of what is seen' : '';
}

/* Moves what is seen, if the token is not in it. */
function show(id) {
	const x = places[2 * id], y = places[2 * id + 1];

	if (isPlaced(id) && (x < view.x || x > view.x + view.w ||
			     y < view.y || y > view.y + view.h))
		look({x: x - view.w / 2, y: y - view.h / 2});
}

function redraw() {
	if (!picture.pending)
		requestAnimationFrame(draw);
	picture.pending = true;
}

/* The token nearest to a point of the canvas, or -1. */
function tokenAt(atX, atY) {
	const {sx, sy, dx, dy} = scales();
	let best = -1, least = 12 * 12;

	for (let id = 0; id < nPlaced; id++) {
		if (!isPlaced(id))
			continue;
		const x = places[2 * id] * sx + dx - atX;
		const y = places[2 * id + 1] * sy + dy - atY;
		const far = x * x + y * y;

		if (far < least) {
			best = id;
			least = far;
		}
	}
	return best;
}

function hover(id) {
	if (id === picture.hover)
		return;
	picture.hover = id;
	if (id >= 0)
		element('hint').replaceChildren(tokenElement(id),
						' id ' + id);
	redraw();
}

function listen() {
	let drag = null, moved = false;

	canvas.addEventListener('pointerdown', e => {
		drag = {sx: e.offsetX, sy: e.offsetY, x: view.x, y: view.y};
		moved = false;
		canvas.setPointerCapture(e.pointerId);
	});
	canvas.addEventListener('pointermove', e => {
		if (!drag)
			return hover(tokenAt(e.offsetX, e.offsetY));
		const dx = e.offsetX - drag.sx, dy = e.offsetY - drag.sy;

		moved = moved || dx * dx + dy * dy > 9;
		if (moved)
			look({x: drag.x - dx / canvas.clientWidth * view.w,
			      y: drag.y + dy / canvas.clientHeight * view.h});
	});
	canvas.addEventListener('pointerup', e => {
		const id = tokenAt(e.offsetX, e.offsetY);

		drag = null;
		if (!moved && id >= 0)
			location.hash = 'token=' + id;
	});
	canvas.addEventListener('pointerleave', () => hover(-1));
	canvas.addEventListener('wheel', e => {
		e.preventDefault();
		zoom(e.deltaY < 0 ? 1.25 : 0.8, e.offsetX, e.offsetY);
	}, {passive: false});
	canvas.addEventListener('keydown', e => {
		const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0],
			      ArrowUp: [0, 1], ArrowDown: [0, -1]}[e.key];

		if (e.key === '+' || e.key === '-')
			zoom(e.key === '+' ? 1.25 : 0.8);
		else if (step)
			look({x: view.x + step[0] * view.w / 10,
			      y: view.y + step[1] * view.h / 10});
		else
			return;
		e.preventDefault();
	});
	element('closer').addEventListener('click', () => zoom(1.5));
	element('wider').addEventListener('click', () => zoom(1 / 1.5));
	element('most').addEventListener('click', lookAtMost);
	element('all').addEventListener('click', lookAtAll);
	window.addEventListener('resize', redraw);
	matchMedia('(prefers-color-scheme: dark)')
		.addEventListener('change', redraw);
}
