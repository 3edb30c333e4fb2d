/* SPDX-License-Identifier: MIT */
/*
 * coder.c - sections <-> zstd frames: the only file that knows zstd
 *
 * Planes of floats are not searched for matches: there is nothing to find in
 * them, and what is found by chance costs time and breaks up the literals,
 * whose entropy is all that can be saved.  libzstd is told so by sequences of
 * our own, an interface that zstd.h calls experimental; without it a frame is
 * larger by 1 part in 600, and just as good.
 */
#define ZSTD_STATIC_LINKING_ONLY
#include "libformat/archive.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/endian.h"
#include "base/fail.h"
#include "container/handle.h"
#include "container/kinds.h"
#include "container/planes.h"

#define WINDOW_LOG 20
/* Literals that have one Huffman code: few enough to follow the rows. */
#define BLOCK_SIZE ((size_t)65536)
/* Bytes from which on zstd's level 19 would take minutes. */
#define LARGE ((uint64_t)64 << 20)

struct tk_coder {
	ZSTD_CCtx *compress; /* made when they are first needed */
	ZSTD_DCtx *expand;
	uint8_t *planes; /* TK_FRAME_SIZE bytes */
	uint8_t *data;	 /* TK_FRAME_SIZE bytes */
	uint8_t *frame;	 /* of 'room' bytes */
	size_t room;
	/* The frame decoded last, which the next one follows. */
	const struct tk_container *c;
	struct tk_digest file; /* another one may lie at c's address */
	size_t section;
	uint64_t next;	  /* number of the next one */
	uint64_t next_at; /* its place among the stored bytes */
};

enum tk_status tk_coder_open(struct tk_coder **out, struct tk_error *err)
{
	struct tk_coder *coder = calloc(1, sizeof(*coder));

	if (!coder)
		return tk_fail_memory(err);
	coder->room = ZSTD_compressBound(TK_FRAME_SIZE);
	coder->planes = malloc(TK_FRAME_SIZE);
	coder->data = malloc(TK_FRAME_SIZE);
	coder->frame = malloc(coder->room);
	if (!coder->planes || !coder->data || !coder->frame) {
		tk_coder_close(coder);
		return tk_fail_memory(err);
	}
	*out = coder;
	return TK_OK;
}

void tk_coder_close(struct tk_coder *coder)
{
	if (!coder)
		return;
	ZSTD_freeCCtx(coder->compress);
	ZSTD_freeDCtx(coder->expand);
	free(coder->planes);
	free(coder->data);
	free(coder->frame);
	free(coder);
}

uint64_t tk_frame_count(uint64_t size)
{
	return size / TK_FRAME_SIZE + (size % TK_FRAME_SIZE != 0);
}

/* Bytes that frame 'n' holds. */
static size_t frame_len(const struct tk_section *s, uint64_t n)
{
	uint64_t left = s->size - n * TK_FRAME_SIZE;

	return left < TK_FRAME_SIZE ? (size_t)left : TK_FRAME_SIZE;
}

static enum tk_status check_number(const struct tk_container *c, size_t i,
				   uint64_t n, struct tk_error *err)
{
	if (i < c->count && n < tk_frame_count(c->sections[i].size))
		return TK_OK;
	return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
		       "there is no such frame");
}

static size_t width_of(uint16_t dtype)
{
	return dtype == TK_F32 ? 4 : 2;
}

/* ---- encoding ---- */

/* Little can be saved of matrices, indexes and sketches, and at once. */
static int level_for(const struct tk_section *s)
{
	if (s->dtype != TK_BYTES || s->flags & TK_SECTION_DERIVED ||
	    s->size >= LARGE)
		return 1;
	return 19;
}

static bool set_up(ZSTD_CCtx *z, const struct tk_section *s)
{
	size_t failed = ZSTD_CCtx_reset(z, ZSTD_reset_session_and_parameters);

	failed |= ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel,
					 level_for(s));
	failed |= ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, WINDOW_LOG);
	failed |= ZSTD_CCtx_setParameter(z, ZSTD_c_blockDelimiters,
					 ZSTD_sf_explicitBlockDelimiters);
	return !ZSTD_isError(failed);
}

/* coder->planes as blocks of literals, without a match. */
static size_t encode_planes(struct tk_coder *coder, size_t len)
{
	ZSTD_Sequence blocks[TK_FRAME_SIZE / BLOCK_SIZE] = {{0}};
	size_t n = 0;

	for (size_t left = len; left; n++) {
		size_t size = left < BLOCK_SIZE ? left : BLOCK_SIZE;

		blocks[n].litLength = (unsigned)size;
		left -= size;
	}
	return ZSTD_compressSequences(coder->compress, coder->frame,
				      coder->room, blocks, n, coder->planes,
				      len);
}

enum tk_status tk_coder_encode(struct tk_coder *coder, struct tk_bytes *out,
			       const struct tk_container *c, size_t i,
			       uint64_t n, struct tk_error *err)
{
	const struct tk_section *s = &c->sections[i];
	enum tk_status status = check_number(c, i, n, err);
	const uint8_t *from;
	size_t len;

	if (status)
		return status;
	if (s->codec != TK_CODEC_NONE)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "section %s is encoded already", s->name);
	if (!coder->compress)
		coder->compress = ZSTD_createCCtx();
	if (!coder->compress || !set_up(coder->compress, s))
		return tk_fail_memory(err);
	from = c->file.ptr + s->offset + n * TK_FRAME_SIZE;
	len = frame_len(s, n);
	if (tk_archive_codec(s->dtype) == TK_CODEC_ZSTD_PLANES) {
		tk_planes_split(coder->planes, from, len, width_of(s->dtype));
		len = encode_planes(coder, len);
	} else {
		len = ZSTD_compress2(coder->compress, coder->frame, coder->room,
				     from, len);
	}
	if (ZSTD_isError(len))
		return tk_fail_memory(err);
	*out = (struct tk_bytes){coder->frame, len};
	return TK_OK;
}

/* ---- decoding ---- */

static enum tk_status fail_frame(const struct tk_section *s, uint64_t n,
				 uint64_t at, const char *what,
				 struct tk_error *err)
{
	return tk_fail(err, TK_E_CODEC, s->offset + at,
		       "section %s, frame %llu: %s", s->name,
		       (unsigned long long)n, what);
}

/* Makes the coder's place the beginning of a section, unless 'n' follows. */
static void find_place(struct tk_coder *coder, const struct tk_container *c,
		       size_t i, uint64_t n)
{
	const struct tk_digest *file = &c->info.file;

	if (coder->c == c && coder->section == i && n >= coder->next &&
	    !memcmp(&coder->file, file, sizeof(*file)))
		return;
	coder->c = c;
	coder->file = *file;
	coder->section = i;
	coder->next = coder->next_at = 0;
}

/* Where frame 'n' lies among the stored bytes, and how long it is. */
static enum tk_status find_frame(struct tk_coder *coder, struct tk_bytes *out,
				 const struct tk_container *c, size_t i,
				 uint64_t n, struct tk_error *err)
{
	const struct tk_section *s = &c->sections[i];
	uint64_t count = tk_frame_count(s->size);
	const uint8_t *sizes;
	uint64_t end, len;

	if (s->stored_size / 4 < count)
		return fail_frame(s, n, 0, "the sizes do not fit in", err);
	end = s->stored_size - 4 * count;
	sizes = c->file.ptr + s->offset + end;
	find_place(coder, c, i, n);
	for (; coder->next < n; coder->next++)
		coder->next_at += tk_load32(sizes + 4 * coder->next);
	len = tk_load32(sizes + 4 * n);
	if (coder->next_at > end || len > end - coder->next_at ||
	    (n == count - 1 && len != end - coder->next_at))
		return fail_frame(s, n, end + 4 * n,
				  "the sizes do not add up", err);
	*out = (struct tk_bytes){c->file.ptr + s->offset + coder->next_at,
				 (size_t)len};
	coder->next = n + 1;
	coder->next_at += len;
	return TK_OK;
}

/* What is wrong with a frame's header, or NULL. */
static const char *check_frame(struct tk_bytes f, size_t want)
{
	static const uint8_t magic[] = {0x28, 0xb5, 0x2f, 0xfd};
	bool is_single;
	uint64_t window;

	if (f.len < 6)
		return "it is cut short";
	for (size_t i = 0; i < sizeof(magic); i++)
		if (f.ptr[i] != magic[i])
			return "it is no frame of zstd";
	if (f.ptr[4] & 0x07)
		return "it has a dictionary or a checksum";
	is_single = f.ptr[4] & 0x20;
	window = UINT64_C(1) << (10 + (f.ptr[5] >> 3));
	window += window / 8 * (f.ptr[5] & 7);
	if (!is_single && window > TK_FRAME_SIZE)
		return "its window is beyond 1 MiB";
	if (ZSTD_getFrameContentSize(f.ptr, f.len) != want)
		return "it is not of its stated size";
	if (ZSTD_findFrameCompressedSize(f.ptr, f.len) != f.len)
		return "it is cut short, or something follows it";
	return NULL;
}

static enum tk_status expand(struct tk_coder *coder, struct tk_bytes *out,
			     struct tk_bytes frame, const struct tk_section *s,
			     uint64_t n, uint64_t at, struct tk_error *err)
{
	bool is_planes = s->codec == TK_CODEC_ZSTD_PLANES;
	size_t want = frame_len(s, n);
	const char *wrong = check_frame(frame, want);

	if (!coder->expand)
		coder->expand = ZSTD_createDCtx();
	if (!coder->expand)
		return tk_fail_memory(err);
	if (!wrong &&
	    ZSTD_decompressDCtx(coder->expand,
				is_planes ? coder->planes : coder->data,
				TK_FRAME_SIZE, frame.ptr, frame.len) != want)
		wrong = "it does not decode";
	if (wrong)
		return fail_frame(s, n, at, wrong, err);
	if (is_planes)
		tk_planes_join(coder->data, coder->planes, want,
			       width_of(s->dtype));
	*out = (struct tk_bytes){coder->data, want};
	return TK_OK;
}

enum tk_status tk_coder_decode(struct tk_coder *coder, struct tk_bytes *out,
			       const struct tk_container *c, size_t i,
			       uint64_t n, struct tk_error *err)
{
	const struct tk_section *s = &c->sections[i];
	enum tk_status status = check_number(c, i, n, err);
	struct tk_bytes frame = {0};
	uint64_t at;

	if (status)
		return status;
	if (s->codec == TK_CODEC_NONE) {
		*out = (struct tk_bytes){
			c->file.ptr + s->offset + n * TK_FRAME_SIZE,
			frame_len(s, n)};
		return TK_OK;
	}
	if (s->codec > TK_CODEC_ZSTD_PLANES)
		return tk_fail(err, TK_E_FEATURE, TK_NO_OFFSET,
			       "section %s has codec %u, which this library "
			       "does not know",
			       s->name, s->codec);
	if (frame_len(s, n) > c->limits.frame_bytes)
		return tk_fail(err, TK_E_LIMIT, s->offset,
			       "section %s, frame %llu: has %zu bytes, the "
			       "limit is %llu",
			       s->name, (unsigned long long)n, frame_len(s, n),
			       (unsigned long long)c->limits.frame_bytes);
	status = find_frame(coder, &frame, c, i, n, err);
	if (status)
		return status;
	at = (uint64_t)(frame.ptr - c->file.ptr) - s->offset;
	return expand(coder, out, frame, s, n, at, err);
}
