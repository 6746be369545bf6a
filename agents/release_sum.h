/*
 * release_sum.h - the pipeline's steps of a question in mode secure; see release.h.
 *
 *   allowed -offer-> offered -INVITE/KEYS-> joined -ROSTER/SHARES, DEAL-> paid, asked, masked -MASKED leaves-> sent
 *   -SURVIVE/ACK, CERT/UNMASK-> gone
 *
 * Y1  nothing is paid before every site of the roster that matters has dealt its shares; what is paid stays paid.
 * Y2  true numbers go from the rows, with this site's share of the noise, into the masks, and are wiped; nothing that
 *     leaves this site before or after can be told from noise without the others (secagg/round_site.h).
 * Y3  an offer waits for no statement, so its time tells nothing of one; masked numbers, and refusals of what waited
 *     for the database, leave when any answer of this policy's timing would.
 * Y4  a line that ends, a stop, a new policy or a wrong message ends the part of this site; it is never taken up again.
 *     By TP-1 (release_paillier.c) a line that ends does not: the same message of the gateway gets the same answer.
 */
#ifndef AGENTS_RELEASE_SUM_H
#define AGENTS_RELEASE_SUM_H

#include "agents/release_in.h"

struct sum_part;
struct round_site;

/* The question may run: offers it, or refuses it. */
void release_sum_offer(struct question_life *q);
/* The first dealt question for which the database is free is paid and run. */
void release_sum_run(struct pipeline *p);
/* After the rows. True: its numbers with their noise are wiped and on their way to ciphertexts beside the loop
 * (base/work.h), and release_encrypted() follows; false: there is nothing to wait for. */
bool release_sum_encrypt(struct question_life *q);
/* Whether they are on their way. */
bool release_sum_encrypting(const struct question_life *q);
/* Nobody waits for them any more. */
void release_sum_forget(struct question_life *q);
/* The act of `protect`: q->counts and q->noise become masked words, and are wiped. */
CHECKED int release_sum_mask(struct question_life *q, struct error *err);
/* Sends what the round said last. */
void release_sum_say(struct question_life *q);
/* Whether masked words are made and the round still goes on. */
bool sum_goes_on(const struct question_life *q);
void release_sum_timer(struct question_life *q);
/* After the masked words left: the round's next deadline is waited for. */
void release_sum_wait(struct question_life *q);
/* The question is asked under its id again: a gateway that has forgotten its sum by TP-1, whose part here ends. False:
 * nothing of the kind. */
bool release_sum_asked(struct question_life *q);
/* A new line to the gateway; the site is shut. */
void release_sum_line(struct pipeline *p);
void release_sum_shut(struct pipeline *p, enum why why);
/* Of the question's time, what an answer has: the rest is for the steps after it. */
uint64_t sum_deadline_ms(const struct question_life *q);
/* The round under way, or NULL. */
const struct round_site *sum_round(const struct question_life *q);
void sum_part_free(struct sum_part *s); /* NULL too; wipes */

#endif
