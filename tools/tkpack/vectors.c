/* SPDX-License-Identifier: MIT */
/*
 * vectors.c - what files of word vectors have in common
 */
#include "vectors.h"

#include <string.h>

#include "decimal.h"

/* Digits only; a number beyond 64 bits is the largest. */
static bool is_whole(uint64_t *out, struct tk_bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	if (decimal_u64(out, text))
		*out = UINT64_MAX;
	return text.len != 0;
}

bool vectors_header(struct vectors_header *out, struct tk_bytes line)
{
	struct tk_bytes rest = vectors_trim(line);
	struct tk_bytes words, dims;
	size_t len = rest.len;

	words = decimal_field(&rest);
	dims = decimal_field(&rest);
	return len == words.len + 1 + dims.len &&
	       is_whole(&out->words, words) && is_whole(&out->dims, dims);
}

int vectors_check_header(struct source *s, const struct file *f,
			 const struct vectors_header *h)
{
	if (!h->words || !h->dims)
		return source_fail(s,
				   "%s: its header says %llu words of %llu "
				   "numbers: there is nothing in it",
				   f->path, (unsigned long long)h->words,
				   (unsigned long long)h->dims);
	if (h->words > VECTORS_MAX_WORDS || h->dims > VECTORS_MAX_DIMS)
		return source_fail(s,
				   "%s: its header says %llu words of %llu "
				   "numbers; the limits are %llu and %llu",
				   f->path, (unsigned long long)h->words,
				   (unsigned long long)h->dims,
				   (unsigned long long)VECTORS_MAX_WORDS,
				   (unsigned long long)VECTORS_MAX_DIMS);
	return 0;
}

bool vectors_start(struct vectors_header *out, struct tk_bytes *rest,
		   struct tk_bytes head)
{
	const uint8_t *lf = head.len ? memchr(head.ptr, '\n', head.len) : NULL;
	struct tk_bytes line = head;

	if (!lf)
		return false;
	line.len = (size_t)(lf - head.ptr);
	rest->ptr = lf + 1;
	rest->len = head.len - line.len - 1;
	return vectors_header(out, line);
}

struct tk_bytes vectors_trim(struct tk_bytes line)
{
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (line.len && line.ptr[line.len - 1] == ' ')
		line.len--;
	return line;
}

/* The field that ends at 'end', for a message. */
static struct tk_bytes field_before(struct tk_bytes line, const uint8_t *end)
{
	const uint8_t *p = end;

	while (p > line.ptr && p[-1] != ' ')
		p--;
	return (struct tk_bytes){p, (size_t)(end - p)};
}

const char *vectors_split(struct tk_bytes *word, struct tk_bytes line,
			  uint64_t dims, struct tk_bytes *bad)
{
	static const bool number[256] = {
		['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1,
		['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1,
		['+'] = 1, ['-'] = 1, ['.'] = 1, ['e'] = 1, ['E'] = 1,
	};
	const uint8_t *p = line.ptr + line.len;

	for (uint64_t i = 0; i < dims; i++) {
		const uint8_t *end = p;

		while (p > line.ptr && number[p[-1]])
			p--;
		*bad = field_before(line, end);
		if (p > line.ptr && p[-1] != ' ')
			return "is not a decimal number";
		if (p == end)
			return "is an empty field, where a number should be";
		if (p == line.ptr)
			return "is the first field already";
		p--;
	}
	word->ptr = line.ptr;
	word->len = (size_t)(p - line.ptr);
	return NULL;
}

bool vectors_is_text(struct tk_bytes rest, uint64_t dims, bool whole)
{
	const uint8_t *lf = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;
	struct tk_bytes word, bad;

	if (lf)
		rest.len = (size_t)(lf - rest.ptr);
	if (lf || whole)
		return !vectors_split(&word, vectors_trim(rest), dims, &bad);
	/* The start of a long line: drop the field that was cut. */
	rest.len -= field_before(rest, rest.ptr + rest.len).len;
	return !vectors_split(&word, vectors_trim(rest), dims < 8 ? dims : 8,
			      &bad);
}

int vectors_check_options(struct source *s, const struct source_options *opt)
{
	const char *name = opt->embed	  ? "--embed"
			   : opt->unembed ? "--unembed"
			   : opt->vocab	  ? "--vocab"
			   : opt->config  ? "--config"
					  : NULL;

	if (name)
		return source_fail(s,
				   "%s: %s is of no use here, the file has its "
				   "words and W_E itself and nothing else",
				   opt->input, name);
	return 0;
}

static bool is_word(struct tk_bytes word, const char *text)
{
	return word.len == strlen(text) &&
	       !memcmp(word.ptr, text, word.len);
}

int vectors_add_word(struct source *s, struct tk_bytes word)
{
	uint32_t id = s->tokens.n;
	uint32_t *eos = &s->special[TK_SPECIAL_EOS];
	uint32_t *unk = &s->special[TK_SPECIAL_UNK];
	enum tk_token_kind kind = TK_TOKEN_NORMAL;

	/* The first of several wins, as everywhere. */
	if (*eos == TK_NO_ID && is_word(word, "</s>"))
		*eos = id;
	if (*unk == TK_NO_ID && is_word(word, "<unk>")) {
		*unk = id;
		kind = TK_TOKEN_UNKNOWN;
	}
	return tokens_put(s, id, word.ptr, word.len, kind);
}

void vectors_finish(struct source *s, const struct source_options *opt,
		    const char *kind, uint64_t dims)
{
	s->kind = kind;
	s->w_e.name = "W_E";
	s->w_e.rows = s->tokens.n;
	s->w_e.cols = dims;
	s->w_e.elem = ELEM_F32;
	s->hparams.tied = opt->tie;
	s->hparams.d_model = dims;
}
