/* SPDX-License-Identifier: MIT */
/*
 * outfile.c - the sink of the library's own files, for those of its users
 */
#include "libformat/output.h"

#include "bytes/sink.h"

/* What users hold is a sink; they see another name of it. */
static struct tk_sink *sink_of(struct tk_output *o)
{
	return (struct tk_sink *)(void *)o;
}

enum tk_status tk_output_open(struct tk_output **out, const char *path,
			      bool replace, struct tk_error *err)
{
	struct tk_sink *s;
	enum tk_status status = tk_sink_open(&s, path, replace, err);

	if (!status)
		*out = (struct tk_output *)(void *)s;
	return status;
}

enum tk_status tk_output_write(struct tk_output *o, const void *data,
			       size_t len, struct tk_error *err)
{
	return tk_sink_write(sink_of(o), data, len, err);
}

enum tk_status tk_output_commit(struct tk_output *o, struct tk_error *err)
{
	enum tk_status status = tk_sink_sync(sink_of(o), err);

	if (!status)
		status = tk_sink_publish(sink_of(o), err);
	tk_sink_close(sink_of(o));
	return status;
}

void tk_output_abort(struct tk_output *o)
{
	tk_sink_close(sink_of(o));
}

const char *tk_output_temporary(const struct tk_output *o)
{
	return tk_sink_temporary((const struct tk_sink *)(const void *)o);
}
