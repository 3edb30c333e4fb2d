/* SPDX-License-Identifier: MIT */
/*
 * locate.c - which bytes are not those that were written?
 *
 * The threads read a window of a section, piece by piece, and leave a bit for
 * each bad chunk; then the window's runs of bad chunks are reported in order.
 * So a section of any size needs the memory of one window.
 */
#include <stdatomic.h>
#include <string.h>

#include "base/checked.h"
#include "base/endian.h"
#include "base/fail.h"
#include "container/digest.h"
#include "container/handle.h"
#include "container/verify.h"
#include "libformat/archive.h"

#define PIECE_CHUNKS (TK_LOCATE_PIECE / TK_CHUNK_SIZE) /* bits of a uint16_t */
#define WINDOW_PIECES 512
#define WINDOW_CHUNKS ((uint64_t)WINDOW_PIECES * PIECE_CHUNKS)

struct locate {
	const struct tk_container *c;
	size_t i;
	const uint8_t *leaves;
	uint64_t n_chunks;
	uint64_t first;		     /* chunk of the window */
	uint16_t bad[WINDOW_PIECES]; /* of each piece: bit j for chunk j */
	void (*report)(void *context, const struct tk_damage *damage);
	void *context;
	uint64_t n_runs;
	struct tk_damage run; /* that may go on; size 0: none */
	atomic_bool failed;   /* a piece could not be checked: no memory */
	bool unread;	      /* what it decodes to: an unknown codec */
	/* Of a section in frames: how far their sizes are added up. */
	uint64_t frame;
	uint64_t frame_at;
};

/* ---- runs ---- */

static void end_run(struct locate *l)
{
	if (!l->run.size)
		return;
	l->n_runs++;
	l->report(l->context, &l->run);
	l->run.size = 0;
}

static void add(struct locate *l, enum tk_damage_kind kind, uint64_t offset,
		uint64_t size)
{
	l->run = (struct tk_damage){
		.kind = kind, .offset = offset, .size = size};
	end_run(l);
}

/*
 * Where frame n lies among the stored bytes, and where it ends: all of them if
 * the sizes of the frames do not say so.  n rises.
 */
static void find_frame(struct locate *l, uint64_t *at, uint64_t *end,
		       uint64_t n)
{
	const struct tk_section *s = &l->c->sections[l->i];
	const uint64_t count = tk_frame_count(s->size);
	const uint8_t *sizes = l->c->file.ptr + s->offset + s->stored_size;
	uint64_t size;

	*at = 0;
	*end = s->stored_size;
	if (s->stored_size / 4 < count)
		return;
	sizes -= 4 * count;
	for (; l->frame < n; l->frame++)
		l->frame_at += tk_load32(sizes + 4 * l->frame);
	size = tk_load32(sizes + 4 * n);
	if (!size || !tk_inside(l->frame_at, size, s->stored_size - 4 * count))
		return;
	*at = l->frame_at;
	*end = l->frame_at + size;
}

static void add_chunk(struct locate *l, uint64_t n)
{
	const struct tk_section *s = &l->c->sections[l->i];
	const uint64_t left = s->size - n * TK_CHUNK_SIZE;
	const uint64_t len = left < TK_CHUNK_SIZE ? left : TK_CHUNK_SIZE;
	uint64_t at = n * TK_CHUNK_SIZE, end = at + len;

	if (s->codec != TK_CODEC_NONE)
		find_frame(l, &at, &end, n / PIECE_CHUNKS);
	if (!l->run.size)
		l->run = (struct tk_damage){.kind = TK_DAMAGE_DATA,
					    .offset = s->offset + at,
					    .from = n * TK_CHUNK_SIZE};
	/* Frames whose place is not known are all of the section. */
	if (s->offset + at < l->run.offset)
		l->run.offset = s->offset + at;
	l->run.size = s->offset + end - l->run.offset;
	l->run.len += len;
}

/* ---- chunks ---- */

static void check_piece(void *context, size_t piece)
{
	struct locate *l = context;
	const uint64_t first = l->first + piece * PIECE_CHUNKS;
	uint16_t bad = 0;

	if (l->c->sections[l->i].codec != TK_CODEC_NONE) {
		if (tk_frame_damage(&l->bad[piece], l->c, l->i, l->leaves,
				    first / PIECE_CHUNKS))
			l->failed = true;
		return;
	}
	for (unsigned j = 0; j < PIECE_CHUNKS && first + j < l->n_chunks; j++)
		if (!tk_chunk_is_whole(l->c, l->i, l->leaves, first + j))
			bad = (uint16_t)(bad | 1u << j);
	l->bad[piece] = bad;
}

static void report_piece(struct locate *l, size_t piece)
{
	const uint64_t first = l->first + piece * PIECE_CHUNKS;

	for (unsigned j = 0; j < PIECE_CHUNKS && first + j < l->n_chunks; j++) {
		if (l->bad[piece] >> j & 1)
			add_chunk(l, first + j);
		else
			end_run(l);
	}
}

/* A window that was not checked to its end is not reported. */
static void locate_window(struct locate *l, const struct tk_parallel *parallel)
{
	const uint64_t left = l->n_chunks - l->first;
	size_t n = WINDOW_PIECES;

	if (left < WINDOW_CHUNKS)
		n = (size_t)((left + PIECE_CHUNKS - 1) / PIECE_CHUNKS);
	if (parallel)
		parallel->run(parallel->pool, n, check_piece, l);
	for (size_t piece = 0; piece < n && !parallel && !l->failed; piece++)
		check_piece(l, piece);
	for (size_t piece = 0; piece < n && !l->failed; piece++)
		report_piece(l, piece);
}

static void locate_chunks(struct locate *l, const struct tk_parallel *parallel)
{
	for (l->first = 0; l->first < l->n_chunks && !l->failed;
	     l->first += WINDOW_CHUNKS)
		locate_window(l, parallel);
	end_run(l);
}

/* ---- all of a section ---- */

/* From the first byte that is not zero to the last. */
static void locate_padding(struct locate *l)
{
	const uint8_t *p = l->c->file.ptr;
	uint64_t from = tk_padding_start(l->c, l->i);
	uint64_t to = l->c->sections[l->i].offset;

	while (from < to && !p[from])
		from++;
	while (from < to && !p[to - 1])
		to--;
	if (from < to)
		add(l, TK_DAMAGE_PADDING, from, to - from);
}

/* True if the stored bytes are those that were written. */
static bool locate_stored(struct locate *l)
{
	const struct tk_section *s = &l->c->sections[l->i];

	if (tk_stored_is_whole(l->c, l->i))
		return true;
	add(l, TK_DAMAGE_STORED, s->offset, s->stored_size);
	return false;
}

/*
 * What frames decode to.  Bytes that they decode the same without are damage
 * too; whoever reads the section is not hurt by it.
 */
static void locate_frames(struct locate *l, const struct tk_parallel *parallel)
{
	const uint64_t before = l->n_runs;

	if (l->c->sections[l->i].codec > TK_CODEC_ZSTD_PLANES) {
		l->unread = locate_stored(l);
		return;
	}
	locate_chunks(l, parallel);
	if (!l->failed && l->n_runs == before)
		locate_stored(l);
}

/* True if the data is whole by the table, whatever its leaves say. */
static bool is_whole(const struct tk_container *c, size_t i)
{
	const struct tk_section *s = &c->sections[i];
	uint8_t digest[16];

	if (s->codec != TK_CODEC_NONE)
		return tk_stored_is_whole(c, i);
	tk_digest_bytes(digest, c->file.ptr + s->offset, s->size);
	return !memcmp(digest, s->digest.b, sizeof(digest));
}

/* Digests and data: all but the padding. */
static void locate_section(struct locate *l, const struct tk_parallel *parallel)
{
	l->leaves = tk_section_leaves(l->c, l->i);
	l->n_chunks = tk_leaf_count(l->c->sections[l->i].size);
	if (!tk_leaves_are_whole(l->c, l->i)) {
		add(l, TK_DAMAGE_DIGESTS,
		    (uint64_t)(l->leaves - l->c->file.ptr),
		    l->n_chunks * TK_LEAF_SIZE);
		if (is_whole(l->c, l->i))
			return;
	}
	if (l->c->sections[l->i].codec == TK_CODEC_NONE)
		locate_chunks(l, parallel);
	else
		locate_frames(l, parallel);
}

/* A frame that the caller does not let decode is not damaged. */
static enum tk_status check_limit(const struct tk_container *c, size_t i,
				  struct tk_error *err)
{
	const struct tk_section *s = &c->sections[i];

	if (s->codec == TK_CODEC_NONE || s->size <= c->limits.frame_bytes ||
	    TK_FRAME_SIZE <= c->limits.frame_bytes)
		return TK_OK;
	return tk_fail(err, TK_E_LIMIT, s->offset,
		       "section %s: its frames are beyond %llu bytes", s->name,
		       (unsigned long long)c->limits.frame_bytes);
}

enum tk_status tk_container_locate(uint64_t *n_runs,
				   const struct tk_container *c, size_t i,
				   const struct tk_parallel *parallel,
				   void (*report)(void *context,
						  const struct tk_damage *),
				   void *context, struct tk_error *err)
{
	struct locate l = {
		.c = c, .i = i, .report = report, .context = context};
	enum tk_status status = tk_check_index(c, i, err);

	if (!status)
		status = check_limit(c, i, err);
	if (status)
		return status;
	locate_padding(&l);
	if (i < c->count - 1)
		locate_section(&l, parallel);
	if (l.failed)
		return tk_fail_memory(err);
	if (l.unread)
		return tk_fail(err, TK_E_FEATURE, c->sections[i].offset,
			       "section %s has codec %u, which this library "
			       "does not know",
			       c->sections[i].name, c->sections[i].codec);
	*n_runs = l.n_runs;
	return TK_OK;
}
