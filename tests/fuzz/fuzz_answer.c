/*
 * fuzz_answer.c - any bytes as what the store holds of the sites' answers to one question (gateway/answer.h).
 * Promises: no crash; what is written is one JSON object that names every site, or an error with words.
 *
 * An input is a byte that chooses the question's kind, then legs: state, two bytes of length, the message.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "answer/answer.h"
#include "query/question.h"
#include "tests/fuzz/fuzz.h"
#include "wire/message.h"

enum {
	LEGS = 4,
	HEAD = 3,
	SEED = 1 << 14
};

static const uint8_t bytes64[SIGNATURE_BYTES];

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* ---- legs of an input ---- */

static size_t split(const uint8_t *data, size_t size, struct stored_leg legs[LEGS])
{
	static const char *const names[LEGS] = { "renmin", "xiehe", "huashan", "ruijin" };
	size_t n = 0;

	while (n < LEGS && size >= HEAD) {
		size_t len = (size_t)data[1] << 8 | data[2];

		len = len < size - HEAD ? len : size - HEAD;
		legs[n] = (struct stored_leg){ names[n], (enum site_state)(data[0] % SITE_STATES),
			data[0], { data + HEAD, len } };
		data += HEAD + len;
		size -= HEAD + len;
		n++;
	}
	return n;
}

static void check_answer(const struct text *out, size_t n)
{
	json_t *json = json_loadb(text_str(out), out->len, JSON_REJECT_DUPLICATES, NULL);

	must(json_is_object(json));
	must(json_array_size(json_object_get(json, "sites")) == n);
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char canonical[] = "{\"cohort\":{\"all\":[{\"age\":{\"from\":18}}]},"
					"\"dataset\":\"omop\",\"kind\":\"count\","
					"\"mode\":\"noised\",\"study\":\"S\"}";
	struct stored_question q = { .id = "q-1",
		.account = "li",
		.study = "S",
		.mode = "noised",
		.canonical = { (const uint8_t *)canonical, sizeof(canonical) - 1 },
		.received_ms = 1000,
		.ended_ms = 1057,
		.state = ANSWER_PARTIAL };
	struct stored_leg legs[LEGS];
	struct error err = { .code = E_NONE };
	struct text out;
	size_t n;

	if (size == 0)
		return 0;
	must(text_copy(q.kind, sizeof(q.kind), kind_name((enum question_kind)(data[0] % KINDS))));
	n = split(data + 1, size - 1, legs);
	text_init(&out, ANSWER_BYTES);
	if (answer_write(&q, legs, n, NULL, 5000, &out, &err) == 0)
		check_answer(&out, n);
	else
		must(err.code != E_NONE && err.say.zh[0] != '\0');
	text_clear(&out);
	return 0;
}

/* ---- seeds: of each kind two sites that released, one with other labels, and one that refused; then wild ones ---- */

/* `wild`: numbers at their ends, as no site may send them and a damaged store may have them. */
static struct release seed_release(enum question_kind kind, const char *site, bool wild)
{
	static const char *sexes[] = { "F", "M", "other" };
	static const char *bands[] = { "0-17", "18-64" };
	static int64_t cells[256];
	bool mean = kind == KIND_MEAN, quantile = kind == KIND_QUANTILE;
	struct release r = { .policy_version = 3,
		.data = "2026-03-01",
		.kind = kind,
		.noise = NOISE_GAUSSIAN,
		.n_layers = mean ? 3 : 1,
		.layers = { { 70, 1 }, { 700, 1 }, { 7000, 1 } },
		.n_points = quantile                 ? 8
			    : kind == KIND_SURVIVAL  ? 6
			    : kind == KIND_ATTRITION ? 3
						     : 1,
		.cost_prho = UINT64_C(5000000000),
		.min_patients = 10,
		.round_to = 5,
		.low = mean || quantile ? 4000000000 : 0,
		.high = mean || quantile ? 14000000000 : 0,
		.resolution = mean ? 100 : 0,
		.step = kind == KIND_SURVIVAL ? 1 : 0,
		.n_groups = kind == KIND_CROSSTAB ? 2 : 1,
		.groups = { { "sex", site[0] == 'x' ? 3 : 2, sexes }, { "age", 2, bands } },
		.cells = cells };

	if (wild) {
		for (uint64_t i = 0; i < r.n_layers; i++)
			r.layers[i].t = i == 0 ? INT64_MAX : 1;
		r.round_to = MAX_ROUND_TO;
		r.min_patients = r.cost_prho = INT64_MAX;
		r.low = -INT64_MAX;
		r.high = INT64_MAX;
		r.resolution = kind == KIND_MEAN ? 1 << 15 : r.resolution;
	}
	for (size_t i = 0; i < 256; i++)
		cells[i] = wild         ? (i % 3 == 0          ? INT64_MAX
						  : i % 3 == 1 ? -INT64_MAX
							       : 0)
			   : i % 7 == 6 ? CELL_SUPPRESSED
					: (int64_t)(i * 37 % 500) - 3;
	must(text_copy(r.site, sizeof(r.site), site));
	r.n_cells = r.n_layers * r.n_points;
	for (uint64_t g = 0; g < r.n_groups; g++)
		r.n_cells *= r.groups[g].count;
	return r;
}

static void add_leg(struct text *out, enum site_state state, const struct message *m)
{
	struct error err;
	struct writer w;
	const void *bytes;
	size_t len;

	must(writer_init(&w, SEED, &err) == 0 && message_encode(m, &w, &err) == 0 &&
		writer_bytes(&w, &bytes, &len, &err) == 0);
	len -= 4; /* the frame's length */
	text_addc(out, (char)state);
	text_addc(out, (char)(len >> 8));
	text_addc(out, (char)len);
	text_addn(out, (const char *)bytes + 4, len);
	writer_clear(&w);
}

static void add_release(struct text *out, enum question_kind kind, const char *site, bool wild)
{
	const struct account_state account = { "study:S", UNIT_RHO, 1, UINT64_C(1) << 40, 70000 };
	struct release r = seed_release(kind, site, wild);
	struct message m = { .type = MSG_RELEASE };
	struct error err;
	struct writer w;
	const void *bytes;
	size_t len;

	must(writer_init(&w, SEED, &err) == 0 && release_encode(&r, &w, &err) == 0 &&
		writer_bytes(&w, &bytes, &len, &err) == 0);
	m.release = (struct msg_release){ "q-1", false, { bytes, len },
		{ bytes64, sizeof(bytes64) }, 1, { account } };
	add_leg(out, SITE_ANSWERED, &m);
	writer_clear(&w);
}

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	const struct message no = { .type = MSG_REFUSE,
		.refuse = { "q-1", REFUSE_RULE, "red:x", "no", "\xe4\xb8\x8d" } };
	struct text t;
	size_t len;

	if (i >= 2 * KINDS)
		return 0;
	text_init(&t, room);
	text_addc(&t, (char)(i % KINDS));
	add_release(&t, (enum question_kind)(i % KINDS), "renmin", i >= KINDS);
	add_release(&t, (enum question_kind)(i % KINDS), "xiehe", i >= KINDS);
	add_leg(&t, SITE_REFUSED, &no);
	len = t.len;
	must(!text_failed(&t) && len <= room);
	memcpy(out, text_str(&t), len);
	text_clear(&t);
	return len;
}
