// SPDX-License-Identifier: GPL-2.0
/* Memory that is short: the end of sessions. */
#include <string.h>
#include <unistd.h>

#include "faults.h"

static void scene_listening(struct scene *s)
{
	s->fd = listen_on(in4("0.0.0.0", PORT_ANY));
}

long run_shutdown(struct scene *s)
{
	return shutdown(s->fd, SHUT_RDWR);
}

long run_close(struct scene *s)
{
	int fd = s->fd;

	s->fd = -1;
	return close(fd);
}

const struct step close_steps[] = {
	{ "shutdown, connected", scene_connected, run_shutdown },
	{ "shutdown, mid-race", scene_racing, run_shutdown, NULL,
	  { ENOTCONN } },
	{ "close, fresh", scene_stream, run_close, .once = true },
	{ "close, connected", scene_connected, run_close, .once = true },
	{ "close, mid-race", scene_racing, run_close, .once = true },
	{ "close, listening with a twin", scene_listening, run_close,
	  .once = true },
	{ "close, dgram", scene_dgrams, run_close, .once = true },
	{ }
};
