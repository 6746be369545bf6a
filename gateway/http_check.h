/*
 * http_check.h - requests that evhttp takes and we do not. For http.c only.
 *
 * C1  a request whose end two readers could see in different places (a proxy in front of us and we) is refused, and its
 *     line ends with it: two lengths, a length that is no number, a length and chunks, chunks of another coding, a name
 *     that is no token, a body where none is meant.
 * C2  what is looked at once must be there once: who asks, from where, under which key.
 */
#ifndef GATEWAY_HTTP_CHECK_H
#define GATEWAY_HTTP_CHECK_H

#include <event2/http.h>
#include <stdbool.h>

bool request_sound(struct evhttp_request *req);

#endif
