/*
 * events.c - one watcher per open stream, each with its own pace.
 */
#include "gateway/events.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "answer/answer.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

struct watcher {
	struct events *all;
	struct watcher *next;
	struct call *call;
	struct event *timer;
	char id[MAX_ID + 1];
	struct pass pass;
	bool dirty;      /* something is to be sent */
	bool last;       /* what is to be sent is the last */
	int64_t sent_ms; /* monotonic, of the last bytes handed over */
	int64_t free_ms; /* when the client had last taken everything */
};

struct events {
	struct event_base *base;
	events_write *write;
	events_may *may;
	void *arg;
	struct watcher *list;
	struct text event; /* E4: of the question `of`, made at `made_ms` */
	char of[MAX_ID + 1];
	bool event_is_last;
	int64_t made_ms;
};

static_assert((int)MAX_WATCHERS + 1000 <= (int)MAX_WEB_LINES, "others find a place beside them");

static void wind(struct watcher *w, int64_t ms)
{
	const struct timeval tv = { (time_t)(ms / 1000), (suseconds_t)(ms % 1000) * 1000 };

	event_add(w->timer, &tv);
}

static void forget_event(struct events *all)
{
	text_clear(&all->event);
	all->of[0] = '\0';
}

static void end(struct watcher *w)
{
	struct watcher **at = &w->all->list;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	call_stream_end(w->call);
	event_free(w->timer);
	if (w->all->list == NULL)
		forget_event(w->all);
	free(w);
}

static void on_gone(struct call *c, void *arg)
{
	(void)c;
	end(arg);
}

static bool may_still(const struct watcher *w)
{
	return w->all->may(&w->pass, w->all->arg);
}

/* The event of question `id` as it is now, or a moment ago. */
static int fresh_event(struct events *all, const char *id, struct error *err)
{
	int64_t now = clock_mono_ms();

	if (strcmp(all->of, id) == 0 && now - all->made_ms < EVENT_GAP_MS)
		return 0;
	forget_event(all);
	text_init(&all->event, ANSWER_BYTES);
	text_add(&all->event, "event: answer\ndata: ");
	if (all->write(id, &all->event, &all->event_is_last, all->arg, err) != 0)
		return -1;
	text_add(&all->event, "\n\n");
	if (text_failed(&all->event))
		return error_memory(err);
	all->made_ms = now;
	if (!text_copy(all->of, sizeof(all->of), id))
		all->of[0] = '\0'; /* no id of ours: the next is made anew */
	return 0;
}

/* Sends the present state. The watcher is gone after the last. */
static void send_now(struct watcher *w)
{
	struct events *all = w->all;
	struct error err;
	bool last;

	if (!may_still(w)) { /* E3 */
		end(w);
		return;
	}
	if (fresh_event(all, w->id, &err) != 0) {
		log_line(LOG_ERROR, "question %s: no event: %s", w->id, err.log);
		last = true; /* the client asks again, and hears why */
	} else {
		last = all->event_is_last;
		call_stream_send(w->call, text_str(&all->event), all->event.len);
	}
	w->dirty = false;
	w->sent_ms = clock_mono_ms();
	if (last)
		end(w);
	else
		wind(w, KEEP_ALIVE_MS);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	static const char still_here[] = ":\n\n";
	struct watcher *w = arg;
	int64_t now = clock_mono_ms();
	bool waiting = call_stream_waiting(w->call) > 0;

	(void)fd;
	(void)what;
	if (!waiting)
		w->free_ms = now;
	if (waiting && now - w->free_ms >= STUCK_MS) {
		call_cut(w->call); /* on_gone follows */
		wind(w, STUCK_MS);
	} else if (waiting) {
		wind(w, w->dirty ? EVENT_GAP_MS : KEEP_ALIVE_MS);
	} else if (w->dirty) {
		send_now(w);
	} else if (!may_still(w)) {
		end(w);
	} else {
		call_stream_send(w->call, still_here, sizeof(still_here) - 1);
		wind(w, KEEP_ALIVE_MS);
	}
}

static void changed(struct watcher *w, bool last)
{
	int64_t since = clock_mono_ms() - w->sent_ms;

	w->dirty = true;
	w->last = w->last || last;
	if (call_stream_waiting(w->call) > 0) {
		wind(w, EVENT_GAP_MS); /* E1: when the client has read what it has */
		return;
	}
	w->free_ms = clock_mono_ms();
	if (w->last || since >= EVENT_GAP_MS)
		send_now(w);
	else
		wind(w, EVENT_GAP_MS - since);
}

void events_changed(struct events *all, const char *id, bool last)
{
	if (strcmp(all->of, id) == 0)
		forget_event(all); /* as it was */
	for (struct watcher *w = all->list, *next; w != NULL; w = next) {
		next = w->next;
		if (strcmp(w->id, id) == 0)
			changed(w, last);
	}
}

void events_left(struct events *all, const char *account)
{
	for (struct watcher *w = all->list, *next; w != NULL; w = next) {
		next = w->next;
		if (strcmp(w->pass.account, account) == 0 && !may_still(w))
			end(w);
	}
}

static int check_room(const struct events *all, const char *account, struct error *err)
{
	size_t n = 0, own = 0;

	for (const struct watcher *w = all->list; w != NULL; w = w->next) {
		n++;
		own += strcmp(w->pass.account, account) == 0;
	}
	if (n < MAX_WATCHERS && own < MAX_WATCHERS_EACH)
		return 0;
	return error_set(err, E_LIMIT,
		SAY("too many answers are being watched", "同时查看进度的连接过多"),
		"account %s: %zu streams, %zu in all", account, own, n);
}

int events_watch(
	struct events *all, struct call *c, const char *id, const struct pass *pass, struct error *err)
{
	struct watcher *w;

	if (check_room(all, pass->account, err) != 0)
		return -1;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return error_memory(err);
	w->all = all;
	w->call = c;
	w->timer = evtimer_new(all->base, on_timer, w);
	w->free_ms = clock_mono_ms();
	w->pass = *pass;
	if (w->timer == NULL || !text_copy(w->id, sizeof(w->id), id)) {
		if (w->timer != NULL)
			event_free(w->timer);
		free(w);
		return error_memory(err);
	}
	w->next = all->list;
	all->list = w;
	call_hold(c, on_gone, w);
	call_stream_start(c);
	send_now(w);
	return 0;
}

int events_new(struct events **out, struct event_base *base, events_write *write, events_may *may,
	void *arg, struct error *err)
{
	struct events *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return error_memory(err);
	*all = (struct events){ .base = base, .write = write, .may = may, .arg = arg };
	*out = all;
	return 0;
}

void events_free(struct events *all)
{
	if (all == NULL)
		return;
	while (all->list != NULL)
		end(all->list);
	free(all);
}
