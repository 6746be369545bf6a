#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cli/agent_line.h"
#include "cli/field.h"
#include "cli/plain.h"
#include "cli/policy.h"

/* The agent's answer for people, or its own words when it could not. */
static int tell(struct desk *d, const struct text *reply)
{
	json_t *root = json_loadb(text_str(reply), reply->len, 0, NULL);
	const json_t *stopped = json_object_get(root, "stopped");
	const json_t *error = json_object_get(root, "error");
	int status = POLICY_GOOD;
	int64_t cut = 0;

	if (d->json) {
		plain_json(stdout, text_str(reply), reply->len);
		status = json_is_object(stopped) ? POLICY_GOOD : POLICY_ENVIRONMENT;
	} else if (!json_is_object(stopped) || !field_int(root, "cut_off", &cut)) {
		fprintf(stderr, d->zh ? "cordon policy stop：%s\n" : "cordon policy stop: %s\n",
			field_text(&d->words, error, d->zh ? "zh" : "en"));
		status = POLICY_ENVIRONMENT;
	} else if (strcmp(field_word(stopped, "who"), d->as) != 0 ||
		   strcmp(field_word(stopped, "why"), d->why) != 0) {
		printf(d->zh ? "已由 %2$s 于 %1$s 停止（%3$s），保持停止。恢复须由两人重新批准。\n"
			     : "Stopped already, at %1$s by %2$s (%3$s), and it stays so. Going on "
			       "again needs a "
			       "new approval by two people.\n",
			field_text(&d->words, stopped, "at"), field_text(&d->words, stopped, "who"),
			field_text(&d->words, stopped, "why"));
	} else {
		printf(d->zh ? "已于 %s 停止。中断正在运行的查询 %lld 个，其隐私开销不退还。"
			       "恢复须由两人重新批准。\n"
			     : "Stopped at %s. Running questions cut off: %lld; their budgets stay "
			       "charged. "
			       "Going on again needs a new approval by two people.\n",
			field_text(&d->words, stopped, "at"), (long long)cut);
	}
	json_decref(root);
	return status;
}

int policy_stop(struct desk *d)
{
	struct error err = { .code = E_NONE };
	struct text line, reply;
	int status;

	if (d->as == NULL || d->why == NULL || d->agent == NULL || d->as[0] == '\0' ||
		strchr(d->as, ' ') != NULL || strlen(d->as) > MAX_NAME || d->why[0] == '\0')
		return desk_bad_use(d,
			SAY("--as NAME (without spaces), --why TEXT and --agent SOCKET are needed",
				"需要 --as 姓名（不含空格）、--why 理由 和 --agent 套接字"),
			"");
	if (strlen(d->why) > MAX_SAY || strpbrk(d->why, "\r\n") != NULL)
		return desk_bad_use(d,
			SAY("the reason is one line, and not so long", "理由须为一行，且不宜过长"),
			"");
	text_init(&line, MAX_FILE_BYTES);
	text_init(&reply, MAX_FILE_BYTES);
	text_addf(&line, "stop %s %s", d->as, d->why);
	if (agent_line(d->agent, text_str(&line), &reply, &err) != 0)
		status = desk_failed(d, &err);
	else
		status = tell(d, &reply);
	text_clear(&line);
	text_clear(&reply);
	return status;
}
