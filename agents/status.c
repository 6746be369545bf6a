#include "agents/status.h"

#include <string.h>

#include "agents/drift_watch.h"
#include "base/clock.h"
#include "base/limits.h"
#include "policies/approval/approval.h"
#include "policies/reach.h"

enum {
	CLOSED_ARENA = 1 << 16,
};

/* ---- status ---- */

static void json_time(struct text *t, const char *key, int64_t wall_ms)
{
	char at[32];

	if (wall_ms == 0)
		text_addf(t, "\"%s\":null", key);
	else
		text_addf(t, "\"%s\":\"%s\"", key, clock_iso(wall_ms, at));
}

static void json_signatures(struct text *t, const struct approval *a)
{
	text_add(t, "\"signed\":[");
	for (unsigned i = 0; a != NULL && i < a->n; i++) {
		text_add(t, i == 0 ? "{\"who\":" : ",{\"who\":");
		text_add_json(t, a->signatures[i].who);
		text_add(t, ",\"role\":");
		text_add_json(t, a->signatures[i].role);
		text_add(t, ",\"at\":");
		text_add_json(t, a->signatures[i].at);
		text_addc(t, '}');
	}
	text_addc(t, ']');
}

void status_stop_json(const struct watch *w, struct text *t)
{
	const struct standing_stop *stop = watch_stopped(w);

	text_add(t, "\"stopped\":");
	if (stop == NULL) {
		text_add(t, "null");
		return;
	}
	text_addc(t, '{');
	json_time(t, "at", stop->at_ms);
	text_add(t, ",\"who\":");
	text_add_json(t, stop->who);
	text_add(t, ",\"why\":");
	text_add_json(t, stop->why);
	text_addf(t, ",\"above\":%lld}", (long long)stop->version);
}

static void json_policy(struct text *t, const struct control_parts *c)
{
	struct policy_ref *r = release_policy_now(c->pipeline);
	char hash[HASH_TEXT], from[16], to[16];

	text_add(t, "\"policy\":");
	if (r == NULL) {
		text_addf(t, "{\"version\":null,\"errors\":%u}", watch_errors(c->watch));
		return;
	}
	text_addf(t, "{\"version\":%lld,\"hash\":\"%s\",\"valid\":[\"%s\",\"%s\"],",
		(long long)r->policy->version, hash32_text(&r->policy->hash, hash),
		day_text(r->policy->from, from), day_text(r->policy->to, to));
	json_time(t, "since", r->loaded_ms);
	text_addf(t, ",\"approved\":%s,", watch_gate(c->watch) == GATE_APPROVAL ? "false" : "true");
	json_signatures(t, r->approval);
	text_addf(t, ",\"errors\":%u}", watch_errors(c->watch));
}

static void json_gateway(struct text *t, const struct control_parts *c)
{
	text_add(t, "\"gateway\":{\"host\":");
	text_add_json(t, c->config->gateway_host);
	text_addf(t, ",\"port\":%u,\"name\":", c->config->gateway_port);
	text_add_json(t, session_gateway(c->session));
	text_addf(t, ",\"connected\":%s,", session_welcomed(c->session) ? "true" : "false");
	json_time(t, "since", session_since_ms(c->session));
	text_addc(t, '}');
}

/* Why every question is refused now, or NULL. */
static const char *refusing(const struct control_parts *c, const struct release_status *s)
{
	struct policy_ref *r = release_policy_now(c->pipeline);
	int32_t today = clock_today();

	if (state_broken(c->state))
		return "system:ledger";
	if (watch_gate(c->watch) != GATE_OPEN)
		return watch_gate(c->watch) == GATE_STOPPED ? "policy:stopped" : "policy:approval";
	if (r == NULL || today < r->policy->from || today > r->policy->to)
		return "policy:valid";
	if (strcmp(s->database, "connected") != 0)
		return "system:database";
	return s->facts ? drift_watch_refusing(c->pipeline) : "policy:codes";
}

/* ---- tables that a code rule closes ---- */

static const char *reach_word(enum reach reach)
{
	if (reach == REACH_UNKNOWN)
		return "vocabulary";
	return reach == REACH_NO_CONCEPT ? "concept" : "column";
}

static int json_closed_table(struct text *t, const struct dataset *data, const struct table *table,
	const struct code_rule *rule, enum reach reach, struct arena *a, struct error *err)
{
	struct say why = reach_say(reach, data->model, table, a);
	const char *id = arena_textf(a, "code:%s", rule->id);

	if (why.en == NULL || why.zh == NULL || id == NULL)
		return error_memory(err);
	text_add(t, "{\"dataset\":");
	text_add_json(t, data->id);
	text_add(t, ",\"table\":");
	text_add_json(t, table->name);
	text_add(t, ",\"rule\":");
	text_add_json(t, id);
	/* studies that a restricted rule is open to need nothing removed */
	text_addf(t, ",\"reason\":\"%s\",\"restricted\":%s,\"en\":", reach_word(reach),
		rule->restricted ? "true" : "false");
	text_add_json(t, why.en);
	text_add(t, ",\"zh\":");
	text_add_json(t, why.zh);
	text_addc(t, '}');
	return 0;
}

static bool readable(const struct table *table, int32_t today)
{
	for (unsigned i = 0; i < table->n_columns; i++)
		if (column_readable(&table->columns[i], today))
			return true;
	return false;
}

/* As check_removable() decides it (policies/decide/ruling.c); here every rule that closes a table is named. */
static int json_closed_by(struct text *t, const struct policy_ref *r, const struct dataset *data,
	const struct table *table, bool *none, struct error *err)
{
	struct arena a;
	int ret = 0;

	arena_init(&a, CLOSED_ARENA);
	for (unsigned k = 0; ret == 0 && k < r->policy->n_codes; k++) {
		const struct code_rule *rule = &r->policy->codes[k];
		enum reach reach =
			rule_reach(rule, data->model, table, r->facts.red.systems, clock_today());

		if (reach == REACH_YES)
			continue;
		text_add(t, *none ? "" : ",");
		*none = false;
		arena_reset(&a);
		ret = json_closed_table(t, data, table, rule, reach, &a, err);
	}
	arena_clear(&a);
	return ret;
}

/* null while the site's vocabulary was not read: which tables are closed is not known then. */
static int json_closed_tables(
	struct text *t, const struct policy_ref *r, bool facts, struct error *err)
{
	bool none = true;

	text_add(t, "\"closed_tables\":");
	if (r == NULL || !facts) {
		text_add(t, "null");
		return 0;
	}
	text_addc(t, '[');
	for (unsigned d = 0; d < r->policy->n_datasets; d++) {
		const struct dataset *data = &r->policy->datasets[d];

		for (unsigned i = 0; i < data->n_tables; i++)
			/* the others are closed without any rule */
			if (readable(&data->tables[i], clock_today()) &&
				json_closed_by(t, r, data, &data->tables[i], &none, err) != 0)
				return -1;
	}
	text_addc(t, ']');
	return 0;
}

int status_json(
	const struct control_parts *c, int64_t started_ms, struct text *t, struct error *err)
{
	struct release_status s;
	struct ledger_head head;
	char hash[HASH_TEXT];
	uint64_t outbox;

	if (ledger_head(c->state->ledger, &head, err) != 0 ||
		responses_waiting(c->state->db, &outbox, err) != 0)
		return -1;
	release_status(c->pipeline, &s);
	text_add(t, "{\"site\":");
	text_add_json(t, c->config->site);
	text_add(t, ",\"data\":");
	text_add_json(t, c->config->data);
	text_addc(t, ',');
	json_time(t, "started", started_ms);
	text_addc(t, ',');
	json_gateway(t, c);
	text_addc(t, ',');
	json_policy(t, c);
	text_addc(t, ',');
	status_stop_json(c->watch, t);
	text_addf(t, ",\"database\":\"%s\",\"vocabulary\":%s", s.database,
		s.facts ? "true" : "false");
	text_addc(t, ',');
	drift_watch_json(c->pipeline, t);
	text_addc(t, ',');
	if (json_closed_tables(t, release_policy_now(c->pipeline), s.facts, err) != 0)
		return -1;
	text_addf(t, ",\"questions\":{\"waiting\":%u,\"running\":%u,\"leaving\":%u}", s.waiting,
		s.running ? 1U : 0U, s.leaving);
	text_addf(t, ",\"outbox\":%llu,\"ledger\":{\"records\":%llu,\"hash\":\"%s\",\"intact\":%s}",
		(unsigned long long)outbox, (unsigned long long)head.seq,
		hash32_text(&head.hash, hash), state_broken(c->state) ? "false" : "true");
	text_add(t, ",\"refusing\":");
	if (refusing(c, &s) == NULL)
		text_add(t, "null");
	else
		text_add_json(t, refusing(c, &s));
	text_addc(t, '}');
	return 0;
}

/* ---- the policy in force ---- */

static bool is_text(const char *name)
{
	size_t len = strlen(name);

	return (len > 5 && strcmp(name + len - 5, ".yaml") == 0) ||
	       (len > 4 && strcmp(name + len - 4, ".sql") == 0);
}

static void json_item(
	struct text *t, const struct policy_item *item, const struct policy_folder *folder)
{
	const struct policy_file *f = policy_folder_file(folder, item->name);
	char hash[HASH_TEXT];

	text_add(t, "{\"name\":");
	text_add_json(t, item->name);
	text_addf(t, ",\"size\":%llu,\"hash\":\"%s\"", (unsigned long long)item->size,
		hash32_text(&item->hash, hash));
	if (f != NULL && is_text(item->name)) {
		text_add(t, ",\"text\":");
		text_add_json(t, f->bytes);
	}
	text_addc(t, '}');
}

void status_running_json(const struct watch *w, struct text *t)
{
	const struct policy_ref *r = watch_policy(w);
	char hash[HASH_TEXT];

	if (r == NULL) {
		text_add(t, "{\"version\":null}");
		return;
	}
	text_addf(t, "{\"version\":%lld,\"hash\":\"%s\",\"site\":", (long long)r->policy->version,
		hash32_text(&r->policy->hash, hash));
	text_add_json(t, r->policy->site);
	text_add(t, ",\"files\":[");
	for (unsigned i = 0; i < r->policy->n_items; i++) {
		text_add(t, i == 0 ? "" : ",");
		json_item(t, &r->policy->items[i], &r->folder);
	}
	text_addf(t, "],\"approval\":{\"approved\":%s,",
		watch_gate(w) == GATE_APPROVAL ? "false" : "true");
	json_signatures(t, r->approval);
	text_add(t, "}}");
}
