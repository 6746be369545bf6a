#include "cli/agent_line.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"

enum {
	SILENT_S = 10
};

static int send_line(int fd, const char *line)
{
	struct text out;
	size_t sent = 0;

	text_init(&out, MAX_FILE_BYTES);
	text_add(&out, line);
	text_addc(&out, '\n');
	while (!text_failed(&out) && sent < out.len) {
		ssize_t n = send(fd, out.at + sent, out.len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	text_clear(&out);
	return sent > strlen(line) && shutdown(fd, SHUT_WR) == 0 ? 0 : -1;
}

static int receive(int fd, struct text *reply)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text_addn(reply, buf, (size_t)n);
	}
	errno = EPROTO; /* for an empty or endless answer */
	return reply->len > 0 && !text_failed(reply) ? 0 : -1;
}

static int talk(const struct sockaddr_un *to, const char *line, struct text *reply)
{
	const struct timeval limit = { .tv_sec = SILENT_S };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), ret = -1, why;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
		connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0 &&
		send_line(fd, line) == 0)
		ret = receive(fd, reply);
	why = errno;
	close(fd);
	errno = why;
	return ret;
}

int agent_line(const char *path, const char *line, struct text *reply, struct error *err)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (!text_copy(to.sun_path, sizeof(to.sun_path), path))
		return error_set(err, E_INPUT,
			SAY("the path of the agent's socket is too long", "代理套接字的路径过长"),
			"\"%s\" is longer than %zu bytes", path, sizeof(to.sun_path) - 1);
	if (talk(&to, line, reply) != 0)
		return error_set(err, E_SYSTEM,
			SAY("the agent cannot be reached; is it running, and are you allowed to?",
				"无法连接代理，请确认其正在运行且您有权限"),
			"\"%s\": %m", path);
	return 0;
}
