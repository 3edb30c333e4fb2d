/* SPDX-License-Identifier: MIT */
/*
 * libformat.h - the two ends of a language model, used where they lie
 *
 * A .tk file holds a vocabulary, W_E, W_U and the hyperparameters that lead
 * from a token to its vector and from the last vector to a probability for
 * every token.  One header per layer; each layer uses only those above it:
 *
 *     bytes -> container -> model -> tokenizer, compute -> your program
 *
 * Ownership, once for all functions:
 *
 *   kind      who                            rule
 *   handle    tk_container, tk_model,        made by _open, _new or _view;
 *             tk_writer, tk_kv_builder,      ended by _close, _commit,
 *             tk_coder, tk_output            _abort, _free
 *   view      tk_bytes, tk_section,          owns nothing; valid until its
 *             tk_matrix, tk_kv               handle is ended
 *   outlives  container > model > views      a model borrows its container
 *   threads   containers, models             never change: any number of them
 *             writers, builders, coders,     one thread each
 *             outputs
 *   outputs   of a function that failed      keep their old value; buffers of
 *                                            floats and rows may be half filled
 *
 * There is no global state, nothing is printed, nothing ends the process.
 */
#ifndef LIBFORMAT_H
#define LIBFORMAT_H

#define TK_VERSION_MAJOR 0
#define TK_VERSION_MINOR 1
#define TK_VERSION_PATCH 0

#include "libformat/error.h"
#include "libformat/bytes.h"
#include "libformat/limits.h"
#include "libformat/dtype.h"
#include "libformat/parallel.h"
#include "libformat/output.h"
#include "libformat/container.h"
#include "libformat/keyvalue.h"
#include "libformat/writer.h"
#include "libformat/archive.h"
#include "libformat/model.h"
#include "libformat/tokenizer.h"
#include "libformat/compute.h"
#include "libformat/nearest.h"
#include "libformat/sketch.h"
#include "libformat/selftest.h"
#include "libformat/delta.h"
#include "libformat/rows.h"

#endif /* LIBFORMAT_H */
