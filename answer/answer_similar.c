#include "answer/answer_similar.h"

#include <assert.h>

#include "crypto/account.h"
#include "query/similar.h"

static_assert((int)EDIT_THING_LAST == (int)SIMILAR_THINGS - 1, "the wire has each thing");
static_assert((int)EDIT_HOW_LAST == (int)SIMILAR_HOWS - 1, "and each way");

static void write_edit(const struct question_edit *of, struct text *out)
{
	struct similar_edit e = { .thing = (enum similar_thing)of->thing,
		.how = (enum similar_how)of->how,
		.more = (unsigned)of->more,
		.less = (unsigned)of->less };

	(void)!text_copy(e.path, sizeof(e.path), of->path);
	similar_json(&e, out);
}

static void write_one(const struct similar_question *s, struct text *out)
{
	char hash[HASH_TEXT], rho[32], epsilon[32], delta[32];

	text_add(out, "{\"id\":");
	text_add_json(out, s->id);
	text_addf(out, ",\"question\":\"%s\",\"differs\":[", hash32_text(&s->question, hash));
	for (uint64_t i = 0; i < s->n_edits; i++) {
		if (i > 0)
			text_addc(out, ',');
		write_edit(&s->edits[i], out);
	}
	text_addf(out, "],\"together\":{\"rho\":\"%s\",\"epsilon\":\"%s\",\"delta\":\"%s\"}}",
		account_text(s->rho, 1, rho, sizeof(rho)),
		account_text(s->epsilon, 1, epsilon, sizeof(epsilon)),
		format_decimal(delta, sizeof(delta), (int64_t)s->delta, 18));
}

void answer_write_similar(const struct similar_question *list, uint64_t n, struct text *out)
{
	if (n == 0)
		return;
	text_add(out, ",\"similar\":[");
	for (uint64_t i = 0; i < n; i++) {
		if (i > 0)
			text_addc(out, ',');
		write_one(&list[i], out);
	}
	text_addc(out, ']');
}
