#include "agents/release_distinct.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "agents/release_sum.h"
#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "secagg/distinct.h"
#include "secagg/site_secret.h"

_Static_assert((int)SQL_PERSON_BYTES == (int)DISTINCT_KEY, "what the statement gives is a key");

/* ---- the hospitals' secret ---- */

static int read_secret(const struct sum_settings *s, struct key32 *out, struct error *err)
{
	struct stat st;
	uint8_t *bytes;
	size_t len;
	int ret;

	if (s == NULL || s->secret_file == NULL)
		return error_set(err, E_DENIED,
			SAY("this hospital has not the secret that hospitals share",
				"本院没有各医院共有的密钥"),
			"sums: no site_secret is configured");
	if (file_read_stat(s->secret_file, MAX_FILE_BYTES, &bytes, &len, &st, err) != 0)
		return -1;
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		ret = error_set(err, E_DENIED,
			SAY("others can read the secret that hospitals share",
				"他人可读取各医院共有的密钥"),
			"sums: site_secret must have mode 0600");
	else
		ret = site_secret_read(bytes, len, out, err);
	secret_wipe(bytes, len);
	free(bytes);
	return ret;
}

int release_distinct_ready(struct question_life *q, struct error *err)
{
	LOCAL_KEY(secret);

	if (read_secret(q->pipeline->parts.sums, &secret, err) != 0)
		return -1;
	q->secret = site_secret_tag(&secret);
	return 0;
}

/* ---- the vector ---- */

int release_distinct_expect(const struct plan *plan, struct sum_expect *out, struct error *err)
{
	const struct distinct_shape s = distinct_shape(plan->of.buckets, &plan->shared);

	out->mode = SUM_OR;
	return distinct_words(&s, &out->words, err);
}

static int is_the_offered(
	const struct question_life *q, const struct key32 *secret, struct error *err)
{
	const struct hash32 tag = site_secret_tag(secret);

	if (hash32_equal(&tag, &q->secret))
		return 0;
	return error_set(err, E_DENIED,
		SAY("the secret that hospitals share was replaced meanwhile",
			"各医院共有的密钥已在此期间更换"),
		"sums: another site_secret than was offered");
}

/* With nobody in it, for the secret that was offered: the others' buckets are of that one. */
static int begin(struct question_life *q, const struct hash32 *ctx, struct error *err)
{
	const struct distinct_shape s = distinct_shape(q->plan->of.buckets, &q->plan->shared);
	LOCAL_KEY(secret);

	if (read_secret(q->pipeline->parts.sums, &secret, err) != 0 ||
		is_the_offered(q, &secret, err) != 0)
		return -1;
	return distinct_new(&q->people, &s, &secret, ctx, err);
}

bool release_distinct_rows(struct question_life *q, const struct source_rows *rows)
{
	const struct round_site *round = sum_round(q);
	const uint8_t *keys;
	struct error err;
	size_t len;

	if (round == NULL || source_rows(rows) != 1 || source_columns(rows) != 1 ||
		!source_bytes(rows, 0, 0, &keys, &len) || len % DISTINCT_KEY != 0 ||
		len / DISTINCT_KEY > MAX_DISTINCT_PEOPLE)
		return false;
	if (begin(q, round_site_context(round), &err) == 0 &&
		distinct_people(q->people, keys, len / DISTINCT_KEY, &err) == 0)
		return true;
	log_line(LOG_ERROR, "question %s: %s", q->id, err.log);
	distinct_free(q->people);
	q->people = NULL;
	return false;
}

int release_distinct_mask(struct question_life *q, struct round_site *round, struct sum_now now,
	struct text *out, struct error *err)
{
	size_t n = round_site_invite(round)->words;
	uint64_t *words = calloc(n, sizeof(*words));
	int ret = words == NULL ? error_memory(err) : 0;

	if (ret == 0 && q->people == NULL) /* its statement failed, and timing is strict */
		ret = begin(q, round_site_context(round), err);
	if (ret == 0)
		ret = distinct_vector(
			q->people, round_site_place(round), q->noise[0], words, n, err);
	if (ret == 0)
		ret = round_site_mask(round, (const int64_t *)words, NULL, n, now, out, err);
	distinct_free(q->people);
	q->people = NULL;
	if (words != NULL)
		secret_wipe(words, n * sizeof(*words));
	free(words);
	return ret;
}
