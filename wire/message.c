/*
 * message.c - every message as a table of its fields, which reads and writes it (wire/fields.h).
 */
#include "wire/message.h"

#include <msgpack/sbuffer.h>
#include <stddef.h>
#include <string.h>

#include "wire/fields.h"

/* Any version is read: the session answers another major with a bye. */
static const struct part hello[] = {
	PART(msg_hello, version, PART_UINT, 1, INT64_MAX),
	PART(msg_hello, site, PART_ID, 1, 0),
	PART(msg_hello, program, PART_TEXT, 1, 0),
	PART(msg_hello, policy_version, PART_UINT, 0, INT64_MAX),
	PART(msg_hello, policy_hash, PART_HASH, 0, 0),
	PART(msg_hello, data, PART_TEXT, 0, 0),
	PART(msg_hello, ledger_seq, PART_UINT, 0, INT64_MAX),
	PART(msg_hello, ledger_hash, PART_HASH, 0, 0),
};
static const struct part welcome[] = {
	PART(msg_welcome, version, PART_UINT, 1, INT64_MAX),
	PART(msg_welcome, gateway, PART_ID, 1, 0),
	PART(msg_welcome, heartbeat_ms, PART_UINT, 1, DEADLINE_MAX_MS),
};
static const struct part ask[] = {
	PART(msg_ask, id, PART_ID, 1, 0),
	PART(msg_ask, question, PART_LINES, 1, MAX_QUESTION_BYTES),
	PART(msg_ask, requester, PART_TEXT, 1, 0),
	PART(msg_ask, certificate, PART_BYTES, 1, MAX_CERT_BYTES),
	PART(msg_ask, signature, PART_BYTES, SIGNATURE_BYTES, SIGNATURE_BYTES),
	PART(msg_ask, asked_ms, PART_TIME, 0, INT64_MAX),
	PART(msg_ask, deadline_ms, PART_UINT, 1, DEADLINE_MAX_MS),
};
static const struct part cancel[] = {
	PART(msg_cancel, id, PART_ID, 1, 0),
};
static const struct part quote[] = {
	PART(msg_quote, id, PART_ID, 1, 0),
	PART(msg_quote, requester, PART_TEXT, 1, 0),
	PART(msg_quote, study, PART_ID, 1, 0),
	PART(msg_quote, question, PART_LINES, 0, MAX_QUESTION_BYTES),
};
static const struct part account[] = {
	PART(account_state, name, PART_TEXT, 1, 0),
	PART(account_state, unit, PART_UINT, 0, UNIT_EPSILON),
	PART(account_state, cost, PART_UINT, 0, INT64_MAX),
	PART(account_state, cap, PART_UINT, 0, INT64_MAX),
	PART(account_state, left, PART_UINT, 0, INT64_MAX),
};
static const struct schema account_schema = SCHEMA("account", account);

static const struct part edit[] = {
	PART(question_edit, thing, PART_UINT, 0, EDIT_THING_LAST),
	PART(question_edit, how, PART_UINT, 0, EDIT_HOW_LAST),
	PART(question_edit, more, PART_UINT, 0, MAX_CODES),
	PART(question_edit, less, PART_UINT, 0, MAX_CODES),
	PART(question_edit, path, PART_TEXT, 1, 0),
};
static const struct schema edit_schema = SCHEMA("edit", edit);

static const struct part similar[] = {
	PART(similar_question, id, PART_ID, 1, 0),
	PART(similar_question, question, PART_HASH, 0, 0),
	PART_EACH(similar_question, edits, n_edits, SIMILAR_NEAR, edit_schema),
	PART(similar_question, rho, PART_UINT, 0, INT64_MAX),
	PART(similar_question, epsilon, PART_UINT, 0, INT64_MAX),
	PART(similar_question, delta, PART_UINT, 0, INT64_MAX),
};
static const struct schema similar_schema = SCHEMA("similar", similar);

static const struct part quoted[] = {
	PART(msg_quoted, id, PART_ID, 1, 0),
	PART(msg_quoted, allowed, PART_BOOL, 0, 0),
	PART(msg_quoted, recalled, PART_BOOL, 0, 0),
	PART(msg_quoted, rule, PART_TEXT, 0, 0),
	PART(msg_quoted, say_en, PART_TEXT, 0, 0),
	PART(msg_quoted, say_zh, PART_TEXT, 0, 0),
	PART_EACH(msg_quoted, similar, n_similar, MAX_SIMILAR, similar_schema),
	PART_EACH(msg_quoted, accounts, count, MAX_ACCOUNTS, account_schema),
};
static const struct part release_msg[] = {
	PART(msg_release, id, PART_ID, 1, 0),
	PART(msg_release, recalled, PART_BOOL, 0, 0),
	PART(msg_release, sealed, PART_BYTES, 1, MAX_RELEASE_BYTES),
	PART(msg_release, signature, PART_BYTES, SIGNATURE_BYTES, SIGNATURE_BYTES),
	PART_EACH(msg_release, accounts, count, MAX_ACCOUNTS, account_schema),
};
static const struct part refuse[] = {
	PART(msg_refuse, id, PART_ID, 1, 0),
	PART(msg_refuse, state, PART_UINT, 0, REFUSE_CANCELLED),
	PART(msg_refuse, rule, PART_TEXT, 0, 0),
	PART(msg_refuse, say_en, PART_TEXT, 0, 0),
	PART(msg_refuse, say_zh, PART_TEXT, 0, 0),
};
static const struct part ack[] = {
	PART(msg_ack, id, PART_ID, 1, 0),
};
static const struct part ping[] = {
	PART(msg_ping, n, PART_UINT, 0, INT64_MAX),
};
static const struct part bye[] = {
	PART(msg_bye, reason, PART_UINT, 0, BYE_PROTOCOL),
};
static const struct part offer[] = {
	PART(msg_offer, id, PART_ID, 1, 0),
	PART(msg_offer, sealed, PART_BYTES, 1, MAX_RELEASE_BYTES),
	PART(msg_offer, signature, PART_BYTES, SIGNATURE_BYTES, SIGNATURE_BYTES),
	PART_EACH(msg_offer, accounts, count, MAX_ACCOUNTS, account_schema),
	PART(msg_offer, accepts, PART_UINT, 1, ACCEPT_SA1 | ACCEPT_TP1),
	PART(msg_offer, key, PART_HASH, 0, 0),
};
static const struct part sum[] = {
	PART(msg_sum, id, PART_ID, 1, 0),
	PART(msg_sum, step, PART_UINT, 1, STEP_LAST),
	PART(msg_sum, body, PART_BYTES, 1, MAX_SUM_BYTES),
};
static const struct part catalogue[] = {
	PART(msg_catalogue, offered, PART_BYTES, 1, MAX_CATALOGUE_BYTES),
};
static const struct schema schemas[MSG_TYPES] = {
	[MSG_HELLO] = SCHEMA("hello", hello),
	[MSG_WELCOME] = SCHEMA("welcome", welcome),
	[MSG_ASK] = SCHEMA("ask", ask),
	[MSG_CANCEL] = SCHEMA("cancel", cancel),
	[MSG_QUOTE] = SCHEMA("quote", quote),
	[MSG_QUOTED] = SCHEMA("quoted", quoted),
	[MSG_RELEASE] = SCHEMA("release", release_msg),
	[MSG_REFUSE] = SCHEMA("refuse", refuse),
	[MSG_ACK] = SCHEMA("ack", ack),
	[MSG_PING] = SCHEMA("ping", ping),
	[MSG_PONG] = SCHEMA("pong", ping),
	[MSG_BYE] = SCHEMA("bye", bye),
	[MSG_OFFER] = SCHEMA("offer", offer),
	[MSG_SUM] = SCHEMA("sum", sum),
	[MSG_CATALOGUE] = SCHEMA("catalogue", catalogue),
};

/* ---- frames ---- */

static const struct schema *schema_of(unsigned type)
{
	return type < MSG_TYPES && schemas[type].name != NULL ? &schemas[type] : NULL;
}

const char *message_name(enum message_type type)
{
	const struct schema *s = schema_of((unsigned)type);

	return s == NULL ? "unknown" : s->name;
}

static int unknown_type(unsigned type, struct error *err)
{
	return error_set(err, E_INPUT, SAY("a message of an unknown type", "未知类型的消息"),
		"a frame of unknown type %u", type);
}

int message_decode(
	const void *body, size_t len, struct arena *a, struct message *out, struct error *err)
{
	const uint8_t *bytes = body;
	const struct schema *s = len == 0 ? NULL : schema_of(bytes[0]);
	struct reader r;

	if (s == NULL)
		return unknown_type(len == 0 ? 0 : bytes[0], err);
	memset(out, 0, sizeof(*out));
	out->type = bytes[0];
	reader_init(&r, bytes + 1, len - 1);
	/* All members of the union begin where its first one does. */
	return fields_read(&r, s, (char *)out + offsetof(struct message, hello), a, err);
}

int message_encode(const struct message *m, struct writer *w, struct error *err)
{
	const struct schema *s = schema_of((unsigned)m->type);
	struct writer_mark mark = writer_mark(w);
	uint8_t head[5] = { 0, 0, 0, 0, (uint8_t)m->type };
	size_t len;

	if (s == NULL)
		return unknown_type((unsigned)m->type, err);
	wr_raw(w, head, sizeof(head)); /* the length comes when it is known */
	if (fields_write(w, s, (const char *)m + offsetof(struct message, hello), err) != 0) {
		writer_back(w, mark);
		return -1;
	}
	len = w->buf->size - mark.size - 4;
	if (len > MAX_FRAME_BYTES) {
		writer_back(w, mark);
		return error_set(err, E_LIMIT,
			SAY("the message is larger than allowed", "消息超过允许的大小"),
			"%s: %zu bytes are more than a frame may have", s->name, len);
	}
	put_be32((uint8_t *)w->buf->data + mark.size, (uint32_t)len);
	return 0;
}

/* ---- releases ---- */

/* Cells of these layers, groups and points, or 0 when there are too many. */
static uint64_t cells_of(const struct release *m)
{
	uint64_t cells = m->n_points;

	if (m->n_layers < 1 || m->n_layers > MAX_LAYERS || cells < 1 || cells > MAX_POINTS)
		return 0;
	for (uint64_t i = 0; i < m->n_groups; i++) {
		/* Both factors are below their small bounds here, so the product cannot wrap. */
		if (m->groups[i].count == 0 || m->groups[i].count > MAX_LABELS)
			return 0;
		cells *= m->groups[i].count;
		if (cells > MAX_CELLS)
			return 0;
	}
	return cells * m->n_layers;
}

/* Words of the size class: a power of two, at least 16. */
static size_t class_words(uint64_t cells)
{
	size_t words = 16;

	while (words < cells)
		words *= 2;
	return words;
}

static void read_cells(struct reader *r, void *whole, struct arena *a)
{
	struct release *out = whole;
	uint64_t cells = cells_of(out);
	size_t words = out->summed ? 0 : class_words(cells);
	struct view v = rd_bin(r, words * CELL_WORD_BYTES);
	uint64_t word;

	if (cells == 0)
		rd_fail(r, "more cells than allowed");
	else if (v.len != words * CELL_WORD_BYTES)
		rd_fail(r, "not of the size its groups need");
	if (r->bad != NULL)
		return;
	out->n_cells = cells;
	if (out->summed)
		return;
	out->cells = arena_array(a, cells, sizeof(out->cells[0]));
	if (out->cells == NULL) {
		rd_fail(r, "more than the memory of one message");
		return;
	}
	for (size_t i = 0; i < words; i++) {
		word = get_be64(v.at + i * CELL_WORD_BYTES);
		if (i < cells)
			memcpy(&out->cells[i], &word, sizeof(word)); /* two's complement */
		else if (word != 0)
			rd_fail(r, "padding that is not zero");
	}
}

static const char *write_cells(struct writer *w, const void *whole)
{
	static const uint8_t zero[CELL_WORD_BYTES];
	const struct release *m = whole;
	uint64_t cells = cells_of(m);
	size_t words = m->summed ? 0 : class_words(cells);
	uint8_t word[CELL_WORD_BYTES];

	if (cells == 0)
		return "more cells than allowed";
	if (m->n_cells != cells)
		return "not as many as the groups make";
	wr_bin_head(w, words * CELL_WORD_BYTES);
	for (size_t i = 0; i < words; i++) {
		if (i < cells)
			put_be64(word, (uint64_t)m->cells[i]);
		wr_raw(w, i < cells ? word : zero, CELL_WORD_BYTES);
	}
	return NULL;
}

static const struct part_own cells_own = { read_cells, write_cells };

static const struct part group[] = {
	PART(release_group, name, PART_TEXT, 1, 0),
	PART_MANY(release_group, labels, count, 1, MAX_LABELS),
};
static const struct schema group_schema = SCHEMA("group", group);

static const struct part layer[] = {
	PART(release_noise, t, PART_UINT, 1, INT64_MAX),
	PART(release_noise, s, PART_UINT, 1, INT64_MAX),
};
static const struct schema layer_schema = SCHEMA("layer", layer);

static const struct part codes_of[] = {
	PART(release_codes, list, PART_UINT, 0, MAX_CRITERIA - 1),
	PART(release_codes, concepts, PART_UINT, 0, MAX_CONCEPTS),
};
static const struct schema codes_schema = SCHEMA("codes", codes_of);

static const struct part sealed[] = {
	PART(release, question, PART_HASH, 0, 0),
	PART(release, site, PART_ID, 1, 0),
	PART(release, policy_version, PART_UINT, 0, INT64_MAX),
	PART(release, policy_hash, PART_HASH, 0, 0),
	PART(release, data, PART_TEXT, 0, 0),
	PART(release, kind, PART_UINT, 0, KIND_LAST),
	PART(release, noise, PART_UINT, 0, NOISE_NONE),
	PART_EACH(release, layers, n_layers, MAX_LAYERS, layer_schema),
	PART(release, cost_prho, PART_UINT, 0, INT64_MAX),
	PART(release, min_patients, PART_UINT, 0, INT64_MAX),
	PART(release, round_to, PART_UINT, 1, MAX_ROUND_TO),
	PART(release, rows_left_out, PART_BOOL, 0, 0),
	PART(release, bounded, PART_BOOL, 0, 0),
	PART(release, n_points, PART_UINT, 1, MAX_POINTS),
	PART(release, low, PART_SIGNED, INT64_MAX, INT64_MAX),
	PART(release, high, PART_SIGNED, INT64_MAX, INT64_MAX),
	PART(release, resolution, PART_UINT, 0, MAX_SUM_WORDS),
	PART(release, step, PART_UINT, 0, MAX_WINDOW_DAYS),
	PART(release, step_months, PART_BOOL, 0, 0),
	PART_EACH(release, groups, n_groups, MAX_GROUPS, group_schema),
	PART_MANY(release, rules, n_rules, 0, MAX_EXPLAINED),
	PART_EACH(release, codes, n_codes, MAX_CRITERIA, codes_schema),
	PART_EACH(release, similar, n_similar, MAX_SIMILAR, similar_schema),
	PART(release, summed, PART_BOOL, 0, 0),
	PART(release, secret, PART_HASH, 0, 0),
	PART_BY(release, cells, cells_own),
};
static const struct schema sealed_schema = SCHEMA("sealed release", sealed);

static int noise_wrong(const char *what, struct error *err)
{
	return error_set(err, E_INPUT,
		SAY("the noise parameters do not fit together", "噪声参数互相不一致"),
		"sealed release.%s", what);
}

/* What no single field shows: a Gaussian has its parameter in t alone, and only a sum may have no noise. */
static int noise_check(const struct release *r, struct error *err)
{
	uint64_t layers = r->n_layers < MAX_LAYERS ? r->n_layers : MAX_LAYERS; /* of more, fields_write() says so */

	if (r->noise == NOISE_NONE && !r->summed)
		return noise_wrong("noise: none, and it is no offer", err);
	for (uint64_t i = 0; i < layers; i++) {
		if (r->noise != NOISE_LAPLACE && r->layers[i].s != 1)
			return noise_wrong("layers.s: must be 1 for Gaussian noise", err);
		if (r->noise == NOISE_NONE && r->layers[i].t != 1)
			return noise_wrong("layers.t: must be 1 without noise", err);
	}
	return 0;
}

int release_encode(const struct release *r, struct writer *w, struct error *err)
{
	if (noise_check(r, err) != 0)
		return -1;
	return fields_write(w, &sealed_schema, r, err);
}

int release_decode(
	const void *bytes, size_t len, struct arena *a, struct release *out, struct error *err)
{
	struct reader r;

	memset(out, 0, sizeof(*out));
	reader_init(&r, bytes, len);
	if (fields_read(&r, &sealed_schema, out, a, err) != 0)
		return -1;
	return noise_check(out, err);
}

/* ---- what is signed ---- */

/* The label keeps a signature over one kind of thing from standing for another. */
static struct hash32 signed_hash(const char *label, const struct part_bytes *parts, size_t n)
{
	struct part_bytes all[4] = { { label, strlen(label) } };

	for (size_t i = 0; i < n; i++)
		all[i + 1] = parts[i];
	return sha256_parts(all, n + 1);
}

struct hash32 release_signed_hash(struct view sealed_bytes)
{
	const struct part_bytes parts[] = { { sealed_bytes.at, sealed_bytes.len } };

	return signed_hash("cordon/1 release", parts, 1);
}

struct hash32 offer_signed_hash(struct view sealed_bytes)
{
	const struct part_bytes parts[] = { { sealed_bytes.at, sealed_bytes.len } };

	return signed_hash("cordon/1 offer", parts, 1);
}

struct hash32 ask_signed_hash(
	const struct hash32 *question, const char *requester, int64_t asked_ms)
{
	uint8_t when[8];
	const struct part_bytes parts[] = {
		{ question->at, sizeof(question->at) },
		{ requester, strlen(requester) },
		{ when, sizeof(when) },
	};

	put_be64(when, (uint64_t)asked_ms);
	return signed_hash("cordon/1 ask", parts, 3);
}

static struct hash32 group_hash(const struct release_group *g)
{
	struct part_bytes parts[1 + MAX_LABELS] = { { g->name, strlen(g->name) } };
	size_t n = 1;

	for (uint64_t i = 0; i < g->count && i < MAX_LABELS; i++)
		parts[n++] = (struct part_bytes){ g->labels[i], strlen(g->labels[i]) };
	return sha256_parts(parts, n);
}

struct hash32 release_layout_hash(const struct release *r)
{
	const uint64_t numbers[] = { r->kind, r->n_layers, r->n_points, (uint64_t)r->low,
		(uint64_t)r->high, r->resolution, r->step, r->step_months, r->n_groups };
	enum {
		NUMBERS = sizeof(numbers) / sizeof(numbers[0])
	};
	uint8_t bytes[8 * NUMBERS];
	static const struct hash32 no_secret;
	struct hash32 groups[MAX_GROUPS];
	struct part_bytes parts[3 + MAX_GROUPS] = { { "cordon/layout/1", 15 },
		{ bytes, sizeof(bytes) } };
	size_t n = 2;

	for (size_t i = 0; i < NUMBERS; i++)
		put_be64(bytes + 8 * i, numbers[i]);
	for (uint64_t i = 0; i < r->n_groups && i < MAX_GROUPS; i++) {
		groups[i] = group_hash(&r->groups[i]);
		parts[n++] = (struct part_bytes){ groups[i].at, sizeof(groups[i].at) };
	}
	if (!hash32_equal(&r->secret, &no_secret)) /* the buckets of another one are other people */
		parts[n++] = (struct part_bytes){ r->secret.at, sizeof(r->secret.at) };
	return sha256_parts(parts, n);
}
