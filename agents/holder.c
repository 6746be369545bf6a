#include "agents/holder.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/work.h"
#include "paillier/tp_holder.h"

enum {
	LIST_ARENA = 16 << 20
};

/* One sum. */
struct opening {
	struct holders *all;
	struct opening *next;
	char id[MAX_ID + 1];
	struct arena arena;
	const struct membership *members;
	struct paillier_key *key;
	struct tp_holder *h;
	struct work *work;
	struct event *timer;
	struct text set; /* ALL, which waits until every OPEN was looked at; empty: not there */
	size_t waiting;  /* bytes given to the work */
	bool part_asked; /* nothing more is taken */
};

struct holders {
	const struct release_parts *parts;
	struct paillier_key **kept;
	struct opening *list; /* newest first */
	unsigned n;
	struct opening *ending; /* those that are over but for a job under way */
	unsigned n_ending;
};

/* What is done beside the loop: an OPEN is looked at, or the part is made. */
struct task {
	struct work_job job;
	struct opening *o;
	bool part;
	struct sum_now now;
	struct text bytes; /* OPEN, or PART as it is made */
	int ret;
	struct error err;
};

static struct sum_now now(void)
{
	return (struct sum_now){ clock_wall_ms() / 1000, clock_mono_ms() };
}

/* ---- the list ---- */

static struct opening *find(const struct holders *h, const char *id)
{
	struct opening *o = h->list;

	while (o != NULL && strcmp(o->id, id) != 0)
		o = o->next;
	return o;
}

static void unlist(struct opening **at, const struct opening *o)
{
	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
}

/* Waits for a job under way. */
static void clear(struct opening *o)
{
	work_free(o->work);
	tp_holder_free(o->h);
	paillier_drop(o->key);
	arena_clear(&o->arena);
	text_clear(&o->set);
	free(o);
}

static void on_over(void *arg)
{
	struct opening *o = arg;

	unlist(&o->all->ending, o);
	o->all->n_ending--;
	clear(o);
}

/* It is heard no more, and nothing of it is said. A part of many numbers takes a minute: nobody waits for that. */
static void opening_end(struct opening *o)
{
	struct holders *h = o->all;

	unlist(&h->list, o);
	h->n--;
	if (o->timer != NULL)
		event_free(o->timer);
	if (o->work == NULL || work_left(o->work) == 0) {
		clear(o);
		return;
	}
	o->next = h->ending;
	h->ending = o;
	h->n_ending++;
	work_stop(o->work, on_over, o);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	opening_end(arg);
}

int holders_new(struct holders **out, const struct release_parts *parts, struct paillier_key **kept,
	struct error *err)
{
	struct holders *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return error_memory(err);
	*h = (struct holders){ .parts = parts, .kept = kept };
	*out = h;
	return 0;
}

void holders_free(struct holders *h)
{
	if (h == NULL)
		return;
	while (h->list != NULL)
		opening_end(h->list);
	while (h->ending != NULL)
		on_over(h->ending);
	free(h);
}

static void refuse(struct opening *o, const struct error *err)
{
	log_line(LOG_WARNING, "question %s: not opened: %s", o->id, err->log);
	o->part_asked = true; /* the timer, or the gateway's next invitation, frees it */
}

/* ---- beside the loop ---- */

static void run(struct work_job *job)
{
	struct task *t = (struct task *)job;

	t->ret = t->part ? tp_holder_part(t->o->h, t->now, &t->bytes, &t->err)
			 : tp_holder_open(t->o->h, t->bytes.at, t->bytes.len, t->now, &t->err);
}

static void say_part(struct opening *o, const struct text *part)
{
	struct message m = { .type = MSG_SUM,
		.sum = { .step = TP_LINE_HOLDER + TP_STEP_PART,
			.body = { (const uint8_t *)part->at, part->len } } };

	memcpy(m.sum.id, o->id, sizeof(m.sum.id));
	log_line(LOG_NOTICE, "question %s: this site's part of opening its sum is sent", o->id);
	(void)o->all->parts->send(&m, o->all->parts->arg);
}

static void close_set(struct opening *o);

static void done(struct work_job *job, bool dropped)
{
	struct task *t = (struct task *)job;
	struct opening *o = t->o;

	if (!dropped && t->part && t->ret == 0)
		say_part(o, &t->bytes);
	else if (!dropped && t->part)
		refuse(o, &t->err);
	else if (!dropped && t->ret != 0) /* it is left out, and so the set will not agree */
		log_line(LOG_WARNING, "question %s: opening: %s", o->id, t->err.log);
	o->waiting -= t->part ? 0 : t->bytes.len;
	text_clear(&t->bytes);
	free(t);
	if (!dropped)
		close_set(o);
}

static void give(struct opening *o, bool part, const struct view *open)
{
	struct task *t = calloc(1, sizeof(*t));
	struct error err;

	if (t == NULL) {
		(void)error_memory(&err);
		refuse(o, &err);
		return;
	}
	*t = (struct task){ .job = { run, done, NULL }, .o = o, .part = part, .now = now() };
	text_init(&t->bytes, MAX_SUM_BYTES);
	if (open != NULL) {
		text_addn(&t->bytes, open->at, open->len);
		o->waiting += t->bytes.len;
	}
	work_do(o->work, &t->job);
}

/* ---- messages ---- */

static int begin(struct opening *o, struct view invite, struct error *err)
{
	const struct release_parts *p = o->all->parts;
	struct tp_holder_setup setup;

	if (p->sums == NULL || p->sums->share == NULL)
		return error_set(err, E_DENIED, SAY("this site is no holder", "本机构不是持有人"),
			"no share here");
	if (members_now(p->state, p->sums, p->site, &o->arena, &o->members, err) != 0 ||
		paillier_now(p->state, p->sums, p->site, o->all->kept, &o->key, err) != 0 ||
		work_new(&o->work, p->base, err) != 0)
		return -1;
	setup = (struct tp_holder_setup){ .members = o->members,
		.k = &o->key->f.k,
		.share = &o->key->share,
		.of_v = o->key->of_v,
		.key = p->sums->key,
		.trust = { p->sums->anchors, p->sums->n_anchors, p->sums->least },
		.once = { p->state, paillier_once } };
	return tp_holder_new(&o->h, &setup, invite.at, invite.len, now(), err);
}

/* False: there is none until jobs that nobody wants any more are over. */
static bool make_room(struct holders *h)
{
	struct opening *oldest = h->list;

	if (h->n_ending >= HOLDER_SUMS)
		return false;
	if (h->n < HOLDER_SUMS)
		return true;
	while (oldest->next != NULL)
		oldest = oldest->next;
	log_line(LOG_WARNING, "question %s: not opened: too many sums at once", oldest->id);
	opening_end(oldest);
	return true;
}

static void on_invite(struct holders *h, const struct msg_sum *m)
{
	struct opening *before = find(h, m->id), *o;
	struct timeval life = { .tv_sec = MAX_SUM_LIFE_S };
	struct error err;

	if (before != NULL)
		opening_end(before); /* B3 */
	o = make_room(h) ? calloc(1, sizeof(*o)) : NULL;
	if (o == NULL) {
		log_line(LOG_WARNING, "question %s: not opened: no room", m->id);
		return;
	}
	o->all = h;
	memcpy(o->id, m->id, sizeof(o->id));
	arena_init(&o->arena, LIST_ARENA);
	text_init(&o->set, MAX_SUM_SITES);
	o->next = h->list;
	h->list = o;
	h->n++;
	o->timer = evtimer_new(h->parts->base, on_timer, o);
	if (o->timer == NULL || event_add(o->timer, &life) != 0 || begin(o, m->body, &err) != 0) {
		log_line(LOG_WARNING, "question %s: not opened: %s", o->id,
			o->timer == NULL ? "no memory" : err.log);
		opening_end(o);
	}
}

/* Once every OPEN was looked at. */
static void close_set(struct opening *o)
{
	struct error err;

	if (o->set.len == 0 || o->part_asked || work_left(o->work) > 0)
		return;
	if (tp_holder_all(o->h, o->set.at, o->set.len, now(), &err) != 0) {
		refuse(o, &err);
		return;
	}
	o->part_asked = true;
	give(o, true, NULL);
}

static void on_open(struct opening *o, struct view open)
{
	struct error err;

	if (o->set.len > 0 || o->waiting + open.len > HOLDER_ROOM) {
		error_set(&err, E_LIMIT, SAY("too much", "过多"), "more than it takes at once");
		refuse(o, &err);
		return;
	}
	give(o, false, &open);
}

static void on_step(struct opening *o, unsigned step, struct view body)
{
	struct error err;

	if (step == TP_STEP_OPEN) {
		on_open(o, body);
	} else if (step == TP_STEP_ROSTER && work_left(o->work) == 0) {
		if (tp_holder_roster(o->h, body.at, body.len, now(), &err) != 0)
			refuse(o, &err);
	} else if (step == TP_STEP_ALL && o->set.len == 0) {
		text_addn(&o->set, body.at, body.len);
		close_set(o);
	} else {
		error_set(&err, E_STATE, SAY("not at this moment", "当前不可执行"),
			"a message at the wrong moment");
		refuse(o, &err);
	}
}

void holders_hear(struct holders *h, const struct msg_sum *m)
{
	const unsigned step = (unsigned)m->step - TP_LINE_HOLDER;
	struct opening *o = find(h, m->id);

	if (state_broken(h->parts->state))
		return;
	if (step == TP_STEP_INVITE)
		on_invite(h, m);
	else if (o != NULL && !o->part_asked)
		on_step(o, step, m->body);
}
