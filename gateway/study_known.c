#include "gateway/study_known.h"

#include <string.h>

#include "base/clock.h"
#include "gateway/catalogue_write.h"
#include "gateway/told.h"
#include "query/question.h"

static bool is_seen(const struct offered_study *s, const char *account)
{
	return account == NULL || offered_role(s, account) != NULL;
}

static bool among(const struct offered_study *const *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i]->id, id) == 0)
			return true;
	return false;
}

size_t studies_known(const struct catalogue *c, size_t sites, const char *account,
	const struct offered_study *list[STUDIES_KNOWN])
{
	size_t n = 0;

	for (size_t i = 0; i < sites; i++) {
		const struct offered *o = catalogue_of(c, i);

		for (uint64_t k = 0; o != NULL && k < o->n_studies && n < STUDIES_KNOWN; k++)
			if (is_seen(&o->studies[k], account) && !among(list, n, o->studies[k].id))
				list[n++] = &o->studies[k];
	}
	return n;
}

const struct offered_study *study_known(
	const struct catalogue *c, size_t sites, const char *account, const char *study)
{
	for (size_t i = 0; i < sites; i++) {
		const struct offered *o = catalogue_of(c, i);

		for (uint64_t k = 0; o != NULL && k < o->n_studies; k++)
			if (strcmp(o->studies[k].id, study) == 0 &&
				is_seen(&o->studies[k], account))
				return &o->studies[k];
	}
	return NULL;
}

static void write_members(const struct offered_study *s, const char *account, struct text *out)
{
	const char *between = "";

	text_add(out, ",\"members\":[");
	for (uint64_t i = 0; i < s->n_requesters; i++) {
		if (account != NULL && strcmp(account, s->requesters[i].account) != 0)
			continue;
		text_addf(out, "%s{\"account\":", between);
		text_add_json(out, s->requesters[i].account);
		text_add(out, ",\"role\":");
		text_add_json(out, s->requesters[i].role);
		text_addc(out, '}');
		between = ",";
	}
	text_addc(out, ']');
}

void study_known_write(const struct offered_study *s, const char *account, struct text *out)
{
	const char *between = "";
	char from[16], to[16];

	text_add(out, "{\"id\":");
	text_add_json(out, s->id);
	text_add(out, ",\"title\":");
	told_say(out, s->title_en, s->title_zh);
	text_add(out, ",\"purpose\":[]");
	write_members(s, account, out);
	text_add(out, ",\"kinds\":[");
	for (int k = 0; k < KINDS; k++)
		if (s->kinds >> k & 1) {
			text_addf(out, "%s\"%s\"", between, kind_name((enum question_kind)k));
			between = ",";
		}
	text_add(out, "],\"datasets\":[");
	for (uint64_t i = 0; i < s->n_datasets; i++) {
		text_add(out, i > 0 ? "," : "");
		text_add_json(out, s->datasets[i].id);
	}
	text_addc(out, ']');
	catalogue_write_may_use(s, out);
	text_addf(out, ",\"valid\":{\"from\":\"%s\",\"to\":\"%s\"}",
		day_text((int32_t)s->from, from), day_text((int32_t)s->to, to));
}
