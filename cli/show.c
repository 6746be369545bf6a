#include "cli/show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/field.h"
#include "cli/plain.h"
#include "cli/show_in.h"
#include "query/answer.h"

enum {
	SHOW_ARENA = 256 << 20,
	BAR_SITES = 40
};

static void view_init(struct view *v, const struct cli *cli, const json_t *answer)
{
	const json_t *total = json_object_get(answer, "total");

	*v = (struct view){ .cli = cli,
		.groups = json_object_get(answer, "groups"),
		.sites = json_object_get(answer, "sites"),
		.total = json_object_get(total, "cells"),
		.statistics = json_object_get(total, "statistics"),
		.answer = answer };
	arena_init(&v->arena, SHOW_ARENA);
	v->n_groups = json_array_size(v->groups);
	if (v->n_groups > MAX_GROUPS)
		v->n_groups = MAX_GROUPS;
}

static const char *answer_word(const struct cli *cli, const json_t *answer)
{
	enum answer_state s;

	return answer_state_parse(field_word(answer, "state"), &s) ? tell(cli, answer_state_say(s))
								   : "?";
}

static bool is_state(const json_t *answer, enum answer_state state)
{
	return strcmp(field_word(answer, "state"), answer_state_name(state)) == 0;
}

static void how_to_go_on(struct view *v, const json_t *answer)
{
	const char *id = field_text(&v->arena, answer, "id");

	if (is_state(answer, ANSWER_RUNNING) && id[0] != '\0')
		fprintf(v->cli->out,
			v->cli->zh ? "问题仍在进行。查看：cordon show %s，取消：cordon cancel %s\n"
				   : "It is running. To see it: cordon show %s; to stop it: cordon "
				     "cancel %s\n",
			id, id);
}

static void show_table(struct view *v, const json_t *answer)
{
	const struct cli *cli = v->cli;
	struct arena *a = &v->arena;
	int64_t ms;

	fprintf(cli->out, cli->zh ? "问题 %s  课题 %s  %s  %s" : "question %s  study %s  %s  %s",
		field_text(a, answer, "id"), field_text(a, answer, "study"),
		field_text(a, answer, "kind"), answer_word(cli, answer));
	if (field_int(answer, "ms", &ms))
		fprintf(cli->out, cli->zh ? "，%" PRId64 " 毫秒" : ", %" PRId64 " ms", ms);
	fputs("\n\n", cli->out);
	if (show_statistics(v, field_word(answer, "kind")))
		show_site_table(v);
	else
		show_counts(v);
	fputc('\n', cli->out);
	show_remarks(v);
	if (cli->explain)
		show_explain(v);
	how_to_go_on(v, answer);
}

/* ---- the whole ---- */

static int status_of(const struct view *v, const json_t *answer)
{
	json_t *cell;
	size_t i;

	if (is_state(answer, ANSWER_RUNNING))
		return EXIT_ANSWERED;
	json_array_foreach(v->total, i, cell)
		if (cell_released(cell))
			return is_state(answer, ANSWER_COMPLETE) ? EXIT_ANSWERED : EXIT_PARTIAL;
	return EXIT_NO;
}

static int print_json(const char *bytes, size_t len, void *out)
{
	plain_json(out, bytes, len);
	return 0;
}

void show_json(const struct cli *cli, const json_t *j)
{
	/* 15 digits: what was 0.95 is 0.95 again */
	json_dump_callback(j, print_json, cli->out,
		JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY);
	fputc('\n', cli->out);
}

int show_answer(const struct cli *cli, json_t *answer)
{
	struct view v;
	int status;

	view_init(&v, cli, answer);
	if (cli->json)
		show_json(cli, answer);
	else if (cli->csv)
		show_csv(&v, answer);
	else
		show_table(&v, answer);
	status = status_of(&v, answer);
	arena_clear(&v.arena);
	return status;
}

int show_cancelled(const struct cli *cli, json_t *answer)
{
	(void)show_answer(cli, answer);
	return EXIT_ANSWERED;
}

void show_progress(const struct cli *cli, json_t *answer)
{
	json_t *sites = json_object_get(answer, "sites"), *site;
	size_t i, waiting = 0, offered = 0, all = json_array_size(sites);

	if (!cli->live)
		return;
	json_array_foreach(sites, i, site) {
		waiting += strcmp(field_word(site, "state"), site_state_name(SITE_WAITING)) == 0;
		offered += strcmp(field_word(site, "state"), site_state_name(SITE_OFFERED)) == 0;
	}
	fputs("\r\033[K", cli->err);
	for (i = 0; i < all && all <= BAR_SITES; i++)
		fputs(i < all - waiting ? "█" : "░", cli->err);
	if (offered > 0) /* those that refused are not in it */
		fprintf(cli->err,
			cli->zh ? " %zu/%zu 家医院已就绪，%s" : " %zu of %zu hospitals ready, %s", offered,
			all,
			waiting > 0 ? tell(cli, SAY("waiting for the others", "等待其他医院"))
				    : tell(cli, SAY("adding up", "正在求和")));
	else
		fprintf(cli->err, cli->zh ? " %zu/%zu 家医院已答复" : " %zu of %zu hospitals answered",
			all - waiting, all);
	fflush(cli->err);
}

void show_progress_end(const struct cli *cli)
{
	if (!cli->live)
		return;
	fputs("\r\033[K", cli->err);
	fflush(cli->err);
}
