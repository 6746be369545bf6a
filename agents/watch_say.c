#include "agents/watch_say.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "policies/approval/approval.h"

static void say_one(enum log_level level, const struct diag *d)
{
	const char *file = d->at.file == NULL ? "" : d->at.file;

	if (d->at.line == 0)
		log_line(level, "policy: %s: %s: %s", file, d->code, d->en);
	else
		log_line(level, "policy: %s:%u:%u: %s: %s", file, d->at.line, d->at.column, d->code,
			d->en);
}

/* Everything but the error that the last line repeats. */
void watch_say_diags(const struct diags *ds, const struct diag *but)
{
	for (size_t i = 0; i < ds->count; i++) {
		const struct diag *d = &ds->list[i];

		if (d != but && d->level != DIAG_NOTICE)
			say_one(d->level == DIAG_ERROR ? LOG_ERROR : LOG_WARNING, d);
	}
}

/* What holds now that the folder was not taken up. P405: only a stop keeps a folder out so. */
static const char *what_stays(const struct policy_ref *now, const struct diag *d, char buf[80])
{
	if (now == NULL)
		return "no policy is in force and every question is refused";
	if (d != NULL && strcmp(d->code, "P405") == 0)
		return "every question is refused";
	(void)snprintf(buf, 80, "version %lld stays in force", (long long)now->policy->version);
	return buf;
}

void watch_say_not_loaded(
	const struct policy_ref *now, const struct policy *p, const struct diags *ds)
{
	const struct diag *d = diags_first(ds);
	char stays[80], version[48] = "";

	if (p != NULL)
		(void)snprintf(version, sizeof(version), " version %lld", (long long)p->version);
	watch_say_diags(ds, d);
	if (d == NULL)
		log_line(LOG_ERROR, "policy%s not loaded: out of memory; %s", version,
			what_stays(now, d, stays));
	else if (d->at.line == 0 || d->code[1] == '4')
		log_line(LOG_ERROR, "policy%s not loaded: %s %s; %s", version, d->code, d->en,
			what_stays(now, d, stays));
	else
		log_line(LOG_ERROR, "policy%s not loaded: %s:%u:%u: error %s: %s; %s", version,
			d->at.file, d->at.line, d->at.column, d->code, d->en,
			what_stays(now, d, stays));
}

void watch_say_in_force(const struct policy_ref *r)
{
	char hash[HASH_TEXT], day[16];
	struct text names;

	text_init(&names, MAX_SAY * 4);
	if (r->approval != NULL)
		approval_names(r->approval, &names);
	log_line(LOG_NOTICE, "policy %s version %lld %s in force until %s (signed %s)",
		r->policy->site, (long long)r->policy->version, hash32_text(&r->policy->hash, hash),
		day_text(r->policy->to, day), text_str(&names));
	text_clear(&names);
}

/* take_up.c lets in only changes of what ran last, and what was compared with nothing. */
void watch_say_replaces(const struct policy_ref *now, const struct policy_ref *r)
{
	const struct approval *a = r->approval;

	if (now == NULL || a == NULL || now->policy->version == r->policy->version)
		return;
	if (a->replaces != 0)
		return;
	log_line(LOG_WARNING,
		"policy version %lld was signed without being compared with version %lld, which "
		"was in "
		"force: its signers were not shown what changes",
		(long long)r->policy->version, (long long)now->policy->version);
}
