// SPDX-License-Identifier: GPL-2.0
/* The device by which npv-bench has kernel threads do what it does itself. */

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "npv_bench.h"
#include "run.h"

static long bench_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct npv_bench_args __user *user = (void __user *)arg;
	struct npv_bench_args args;
	int err;

	if (cmd != NPV_BENCH_RUN)
		return -ENOTTY;
	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;

	err = bench_run(&args);
	if (!err && copy_to_user(user, &args, sizeof(args)))
		err = -EFAULT;

	return err;
}

static const struct file_operations bench_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= bench_ioctl,
	.llseek		= noop_llseek,
};

static struct miscdevice bench_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "npv_bench",
	.mode	= 0600,
	.fops	= &bench_fops,
};
module_misc_device(bench_device);

MODULE_DESCRIPTION("Sockets measured between kernel threads");
MODULE_LICENSE("GPL");
