/*
 * show_similar.c - that a question differs little from earlier ones of its study, and what the pair costs.
 */
#include <stdio.h>

#include "cli/field.h"
#include "cli/show_in.h"

/* "changed: range of days (cohort.all[0].during); more: group (group_by.sex)"; "" for none. */
static const char *differences(const struct cli *cli, struct arena *a, const json_t *one)
{
	const char *all = "";
	json_t *edit;
	size_t i;

	json_array_foreach(json_object_get(one, "differs"), i, edit)
		all = field_made(a, "%s%s%s", all,
			all[0] == '\0' ? ""
			: cli->zh      ? "；"
				       : "; ",
			tell(cli, field_say(a, edit)));
	return all;
}

static void show_one(const struct cli *cli, struct arena *a, const char *site, const json_t *one)
{
	const json_t *both = json_object_get(one, "together");
	const char *differs = differences(cli, a, one), *id = field_text(a, one, "id");

	if (differs[0] == '\0')
		fprintf(cli->out,
			cli->zh ? "%s：与先前的查询 %s 相同（当时的策略或数据版本不同）。"
				: "%s: the same as the earlier question %s, under another policy "
				  "or "
				  "for other data. ",
			site, id);
	else
		fprintf(cli->out,
			cli->zh ? "%s：与先前的查询 %s 相差无几：%s。"
				: "%s: nearly the same as the earlier question %s: %s. ",
			site, id, differs);
	fprintf(cli->out,
		cli->zh ? "两次答案合计消耗 rho %s，即 delta 为 %s 时 epsilon %s。\n"
			: "Both answers together cost rho %s; at delta %s, epsilon %s.\n",
		field_text(a, both, "rho"), field_text(a, both, "delta"),
		field_text(a, both, "epsilon"));
}

void show_similar(const struct cli *cli, struct arena *a, const json_t *site)
{
	json_t *list = json_object_get(site, "similar"), *one;
	const char *name = field_text(a, site, "site");
	size_t i;

	json_array_foreach(list, i, one)
		show_one(cli, a, name, one);
}
