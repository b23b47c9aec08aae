// SPDX-License-Identifier: GPL-2.0
/*
 * Control frames of a UDP stack: each is sent again until it has arrived, and those
 * that tell of addresses arrive in order.
 */

#include <linux/list.h>
#include <linux/slab.h>

#include "native.h"
#include "stack_udp.h"

/* Control frames that may be under way */
#define CTL_MAX		64
/* One by which everything ends is sent so often at once: nobody is left to repeat it */
#define CLOSE_COPIES	3

/**
 * npv_udp_ctl_addrs() - whether a control frame tells of addresses
 * @ctl: the frame
 *
 * Return: whether it does: then what was told before must have arrived.
 */
bool npv_udp_ctl_addrs(const struct npv_udp_ctl *ctl)
{
	return ctl->buf[0] == NPV_FRAME_ADDR_ADD ||
	       ctl->buf[0] == NPV_FRAME_ADDR_DEL;
}

/**
 * npv_udp_ctl_again() - send a control frame again, which was lost
 * @udp: the stack
 * @ctl: the frame
 *
 * Context: session lock held.
 */
void npv_udp_ctl_again(struct npv_udp *udp, struct npv_udp_ctl *ctl)
{
	struct npv_udp_ctl *at;

	if (npv_udp_ctl_addrs(ctl))
		udp->addrs_out = false;
	list_for_each_entry(at, &udp->ctl, node)
		if ((s32)(at->order - ctl->order) > 0)
			break;
	list_add_tail(&ctl->node, &at->node);
}

/**
 * npv_udp_ctl_next() - the control frame that is to be sent next
 * @udp: the stack
 *
 * Context: session lock held.
 * Return: it; NULL if none is to be now.
 */
struct npv_udp_ctl *npv_udp_ctl_next(struct npv_udp *udp)
{
	struct npv_udp_ctl *ctl;

	ctl = list_first_entry_or_null(&udp->ctl, struct npv_udp_ctl, node);
	return ctl && npv_udp_ctl_addrs(ctl) && udp->addrs_out ? NULL : ctl;
}

/**
 * npv_udp_ctl_put() - put the next control frame into a packet
 * @udp: the stack
 * @r: the packet, which has it from now on
 * @buf: where to
 * @room: bytes there
 *
 * Context: session lock held.
 * Return: bytes written; 0 if there is none, or it doesn't fit.
 */
u32 npv_udp_ctl_put(struct npv_udp *udp, struct npv_udp_sent *r, u8 *buf,
		    u32 room)
{
	struct npv_udp_ctl *ctl = npv_udp_ctl_next(udp);

	if (!ctl || room < 1 + ctl->len)
		return 0;
	udp->addrs_out |= npv_udp_ctl_addrs(ctl);
	buf[0] = NPV_PF_FRAME;
	memcpy(buf + 1, ctl->buf, ctl->len);
	list_del(&ctl->node);
	r->ctl = ctl;
	return 1 + ctl->len;
}

/* Have a control frame sent. Return: 0 or -errno. */
static int add_ctl(struct npv_udp *udp, const struct npv_frame *f)
{
	u8 *buf = udp->scratch;
	struct npv_udp_ctl *ctl;
	unsigned int len;

	if (udp->n_ctl >= CTL_MAX)
		return -ENOBUFS;
	len = npv_frame_encode(f, buf, NPV_FRAME_CTRL_MAX);
	if (WARN_ON_ONCE(!len))
		return -EMSGSIZE;
	ctl = kmalloc(struct_size(ctl, buf, len), GFP_KERNEL);
	if (!ctl)
		return -ENOMEM;
	ctl->len = len;
	ctl->order = udp->ctl_next++;
	memcpy(ctl->buf, buf, len);
	list_add_tail(&ctl->node, &udp->ctl);
	udp->n_ctl++;
	return 0;
}

/**
 * npv_udp_send_frame() - npv_subflow_send_frame() over UDP
 * @sub: the stack
 * @f: the frame, any but DATA
 * @hold: is not asked for: it waits for nothing
 *
 * It is sent again until it has arrived. What an ACK says is said by a WINDOW.
 *
 * Context: process, session lock held.
 * Return: as npv_subflow_send_frame().
 */
int npv_udp_send_frame(struct npv_subflow *sub, const struct npv_frame *f,
		       bool hold)
{
	unsigned int copies = f->type == NPV_FRAME_CLOSE ? CLOSE_COPIES : 1;
	struct npv_udp *udp = npv_udp(sub);
	int err = 0;

	if (f->type == NPV_FRAME_JOIN || f->type == NPV_FRAME_JOIN_CONFIRM)
		return npv_udp_join(sub, f);
	if (f->type == NPV_FRAME_ACK) {
		udp->window_wanted = true;
		npv_udp_tell(udp, npv_udp_now(udp));
		return 0;
	}

	while (copies-- && !err)
		err = add_ctl(udp, f);
	if (!err)
		npv_udp_tell(udp, npv_udp_now(udp));
	return err;
}
