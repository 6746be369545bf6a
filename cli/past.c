#include "cli/past.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/agent_line.h"
#include "cli/field.h"
#include "query/canonical.h"

enum {
	REPLY_BYTES = 32 << 20, /* an agent's page is smaller (QUESTIONS_PAGE_BYTES) */
};

static int no_answer(struct error *err, const char *why)
{
	return error_set(err, E_INPUT,
		SAY("the agent's answer about its questions cannot be read",
			"无法读取代理返回的查询记录"),
		"questions: %s", why);
}

/* Outlives the answer it came in; "" without memory. */
static const char *copied(struct arena *arena, const json_t *one, const char *key)
{
	const char *text = arena_text(arena, field_text(arena, one, key));

	return text == NULL ? "" : text;
}

static void read_text(const json_t *one, struct arena *arena, struct past_question *q)
{
	const char *text = field_word(one, "question"), *want = field_word(one, "hash");
	struct question *read = NULL;
	struct hash32 hash, said;
	struct error err;

	q->text = copied(arena, one, "question");
	if (hash32_parse(want, &said) &&
		canonical_read(text, strlen(text), arena, &read, &hash, &err) == 0 &&
		hash32_equal(&hash, &said))
		q->question = read;
}

static void read_one(const json_t *one, struct arena *arena, struct past_question *q)
{
	int64_t n;

	*q = (struct past_question){ .id = copied(arena, one, "id"),
		.at = copied(arena, one, "at"),
		.requester = copied(arena, one, "requester"),
		.study = copied(arena, one, "study"),
		.rule = copied(arena, one, "rule"),
		.state = copied(arena, one, "state"),
		.policy = copied(arena, one, "policy"),
		.allow = strcmp(field_word(one, "decision"), "allow") == 0 };
	if (!field_int(one, "version", &q->version) || q->version < 0)
		q->version = 0;
	if (field_int(one, "prho", &n) && n > 0)
		q->prho = (uint64_t)n;
	if (field_int(one, "peps", &n) && n > 0)
		q->peps = (uint64_t)n;
	if (!day_parse(field_word(one, "day"), &q->day))
		q->day = 0;
	read_text(one, arena, q);
}

/* The agent's answer to a line, or NULL. */
static json_t *ask(const char *socket, const char *line, struct error *err)
{
	struct text reply;
	json_t *root = NULL;

	text_init(&reply, REPLY_BYTES);
	if (agent_line(socket, line, &reply, err) == 0) {
		root = json_loadb(reply.at, reply.len, JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(root)) {
			json_decref(root);
			root = NULL;
			(void)no_answer(err, "not a JSON object");
		}
	}
	text_clear(&reply);
	return root;
}

/* 1 there is another page, 0 it was the last. */
static int page(const json_t *root, int64_t *after,
	int (*each)(const struct past_question *, struct arena *, void *, struct error *),
	void *arg, struct error *err)
{
	const json_t *list = json_object_get(root, "questions");
	int64_t next;
	size_t i;
	json_t *one;

	if (!json_is_array(list))
		return no_answer(err, "no list; the agent may be of an earlier version");
	json_array_foreach(list, i, one) {
		struct past_question q;
		struct arena arena;
		int ret;

		arena_init(&arena, MAX_QUERY_ARENA);
		read_one(one, &arena, &q);
		ret = each(&q, &arena, arg, err);
		arena_clear(&arena);
		if (ret != 0)
			return -1;
	}
	if (!field_int(root, "next", &next))
		return 0;
	if (next <= *after)
		return no_answer(err, "its pages do not go on");
	*after = next;
	return 1;
}

int past_each(const char *socket, unsigned days,
	int (*each)(
		const struct past_question *q, struct arena *arena, void *arg, struct error *err),
	void *arg, struct error *err)
{
	int64_t after = 0;
	int more = 1;

	while (more == 1) {
		char line[64];
		json_t *root;

		snprintf(line, sizeof(line), "questions %u %lld", days, (long long)after);
		root = ask(socket, line, err);
		if (root == NULL)
			return -1;
		more = page(root, &after, each, arg, err);
		json_decref(root);
	}
	return more;
}

int past_one(const char *socket, const char *id, struct arena *arena, struct past_question *out,
	struct error *err)
{
	char line[MAX_ID + 16];
	json_t *root;
	int ret = -1;

	if (!id_valid(id))
		return error_set(err, E_INPUT, SAY("this is no id of a question", "这不是查询编号"),
			"an id is letters, digits, '.', '_' and '-'");
	snprintf(line, sizeof(line), "decision %s", id);
	root = ask(socket, line, err);
	if (root == NULL)
		return -1;
	if (json_object_get(root, "error") != NULL)
		error_set(err, E_INPUT,
			SAY("the agent knows no decision with this id; it may be older than what "
			    "is "
			    "kept",
				"代理没有此编号的判定记录，可能已超出保留期限"),
			"\"%s\"", id);
	else
		ret = 0;
	if (ret == 0)
		read_one(root, arena, out);
	json_decref(root);
	return ret;
}

int past_decide(const struct policy *p, const struct past_question *q, bool every_failure,
	struct arena *arena, struct verdict *out, struct error *err)
{
	struct asking who = {
		.requester = q->requester, .today = q->day, .every_failure = every_failure
	};

	if (who.today < p->from)
		who.today = p->from;
	if (who.today > p->to)
		who.today = p->to;
	return decide(p, q->question, &who, arena, out, err);
}
