/*
 * show_privacy.c - what an answer costs a patient of one hospital, and one whom several know.
 */
#include <stdio.h>

#include "cli/field.h"
#include "cli/show_in.h"

/* "rho 0.0239, at delta 0.000001 epsilon 0.981"; the epsilon only where it promises something. */
static const char *loss(
	const struct cli *cli, struct arena *a, const json_t *privacy, const json_t *of)
{
	const char *epsilon = field_text(a, of, "epsilon");

	if (epsilon[0] == '\0')
		return field_made(a, "rho %s", field_text(a, of, "rho"));
	return field_made(a,
		cli->zh ? "rho %s（delta 为 %s 时 epsilon %s）"
			: "rho %s (at delta %s, epsilon %s)",
		field_text(a, of, "rho"), field_text(a, privacy, "delta"), epsilon);
}

void show_privacy(const struct cli *cli, struct arena *a, const json_t *answer)
{
	const json_t *privacy = json_object_get(answer, "privacy");
	const json_t *one = json_object_get(privacy, "one"),
		     *several = json_object_get(privacy, "several");

	if (one == NULL)
		return;
	fprintf(cli->out,
		cli->zh ? "对单家医院的一名患者，隐私开销为 %s"
			: "A patient of one hospital loses %s",
		loss(cli, a, privacy, one));
	if (several != NULL)
		fprintf(cli->out,
			cli->zh ? "；同时在 %lld 家医院就诊的患者为 %s"
				: "; one known to %lld of them, %s",
			(long long)json_integer_value(json_object_get(several, "sites")),
			loss(cli, a, privacy, several));
	fputs(cli->zh ? "。\n" : ".\n", cli->out);
}
